/** Words that fictional companies are made of. */

export const FIRST_NAMES = (
  'Ada Aisha Akira Alejandro Amara Ana Anders Anika Arjun Beatriz Bjorn Carla Chen Chiara Daniel Daria Diego ' +
  'Elena Emeka Emma Erik Farah Fatima Felix Freya Gabriel Grace Hana Hassan Helena Hugo Ida Igor Ines Ivan Jada ' +
  'James Jan Javier Jia Jonas Julia Kaito Karim Katarina Kenji Kofi Laila Lars Leila Lena Liam Lina Lucas Luz ' +
  'Magnus Maja Malik Marco Maria Marta Mateo Mei Mia Milan Mina Mohamed Nadia Naomi Nia Niko Nina Noah Noor ' +
  'Olga Oliver Omar Oscar Paula Pavel Petra Priya Rafael Ravi Rosa Ruth Samir Sara Sofia Stefan Sunita Tariq ' +
  'Tessa Theo Tomas Uma Valentina Vera Viktor Wei Yara Yusuf Zainab Zoe'
).split(' ');

export const LAST_NAMES = (
  'Abara Adeyemi Ahmed Almeida Andersson Banerjee Bauer Berg Bianchi Brandt Campos Carvalho Castillo Chaudhry ' +
  'Cohen Costa Dahl Diallo Dubois Eriksen Esposito Farouk Fernandez Fischer Fontaine Fujita Garcia Goldberg ' +
  'Gupta Haddad Hansen Hashimoto Herrera Hoffmann Horvat Ibrahim Iyer Jansen Johansson Kaya Keller Khan Kim ' +
  'Kowalski Kumar Laurent Lee Lindqvist Lopez Mahmoud Marin Mbeki Medina Mehta Mensah Meyer Moreau Morales ' +
  'Nakamura Navarro Nguyen Nielsen Novak Nowak Okafor Olsen Ortega Park Patel Pereira Petrov Popescu Ramirez ' +
  'Rao Reyes Ricci Rivera Romano Rossi Saito Santos Sato Schmidt Sharma Silva Singh Sokolova Sorensen Suzuki ' +
  'Takahashi Tanaka Torres Tran Vargas Vasquez Virtanen Vogel Wagner Wang Weber Wong Yamamoto Yilmaz Zhang'
).split(' ');

// Letters only: organizations are often derived from a group's name by a pattern.
const TEAM_NAMES = (
  'payments platform search mobile data security checkout growth billing identity catalog logistics pricing ' +
  'analytics support risk ledger inventory delivery partners content messaging observability networking ' +
  'storage compute fraud loyalty onboarding reporting tax web design quality release privacy finance ' +
  'research maps voice'
).split(' ');

const TEAM_SUFFIXES = ['', 'eu', 'us', 'apac', 'core', 'labs', 'ops'];

export const MAX_TEAMS = TEAM_NAMES.length * TEAM_SUFFIXES.length;

export function teamName(index: number): string {
  const name = TEAM_NAMES[index % TEAM_NAMES.length] as string;
  return `${name}${TEAM_SUFFIXES[Math.floor(index / TEAM_NAMES.length)] as string}`;
}
