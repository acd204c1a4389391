# The image of the daemon. Build it from the root of the project: docker build --tag devin-idp-sync .
#
# The base is named by tag, so that this file can be read; a release names it by digest as well, so that it can be
# repeated: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:<digest>. docs/kubernetes.md says more.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/build.ts
COPY src src
RUN npm run build

# What the program needs to run, exactly as the lockfile says. The optional packages are a Node, which the base has.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="devin-idp-sync" \
      org.opencontainers.image.description="Keeps a Devin enterprise equal to what Okta or Microsoft Entra says, and shows every difference before it acts." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

# redis-server is for installations without a Redis of their own. Package managers have no work in a running container.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates redis-server \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && groupadd --gid 65532 devin-idp-sync \
 && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /var/lib/devin-idp-sync --shell /usr/sbin/nologin devin-idp-sync \
 && install -d -o 65532 -g 65532 -m 0700 /var/lib/devin-idp-sync \
 && ln -s /app/bin/devin-idp-sync.mjs /usr/local/bin/devin-idp-sync

WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE CHANGELOG.md ./
COPY bin bin
COPY config config
COPY --from=build /src/dist dist

# A home, also for a user id that the platform picks: libraries ask for it.
ENV NODE_ENV=production \
    HOME=/var/lib/devin-idp-sync \
    DEVIN_IDP_SYNC_CONFIG=/etc/devin-idp-sync/config.yaml
# A number, so that a kubelet can see that it is not root.
USER 65532:65532
EXPOSE 8080
# Node is process 1: it takes SIGTERM itself, lets the calls in hand end, and exits. Health is asked for over HTTP.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/devin-idp-sync.mjs"]
CMD ["--no-install", "serve"]
