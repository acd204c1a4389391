/** Processor time: what work costs on one core, whatever else the machine is doing. */

/** Seconds over all threads of this process, garbage collection included, since the call. */
export function cpuSeconds(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
}

/** Milliseconds that the main thread has worked since the call. */
export function mainThreadMs(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}
