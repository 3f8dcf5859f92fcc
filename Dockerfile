# tcp-info in a container: docs/container.md says how to run it.
#
#   docker build -t measurementlab/tcp-info .
#
# Build arguments: GIT_COMMIT and VERSION, which the image tells of itself; WITH_QUERY=1 adds DuckDB, some 70 MB, for
# `tcp-info query` and Parquet. The build takes packages from npm's registry and Debian's, and nothing from elsewhere.

FROM node:24.21.0-trixie-slim AS build
# The final image begins with nothing but these packages: what node, the addon and zstd are linked to. They are listed
# where scanners for vulnerabilities look when there is no dpkg.
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ \
  && mkdir -p /debs /image/var/lib/dpkg/status.d && cd /debs \
  && apt-get download base-files gcc-14-base libc6 libgcc-s1 liblz4-1 liblzma5 libstdc++6 libxxhash0 libzstd1 zlib1g zstd \
  && for deb in *.deb; do \
       dpkg-deb --extract "$deb" /image \
       && dpkg-deb --field "$deb" >"/image/var/lib/dpkg/status.d/${deb%%_*}" || exit 1; \
     done \
  && rm -rf /debs /var/lib/apt/lists/*

# Dependencies: a change of sources does not fetch them again.
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
ARG WITH_QUERY=0
COPY deploy/docker/dependencies.sh deploy/docker/
RUN sh deploy/docker/dependencies.sh "$WITH_QUERY"

# Native code: nor does a change of TypeScript compile it again.
COPY native/build.mjs native/
COPY native/src native/src
COPY deploy/docker/healthcheck.c deploy/docker/
RUN node native/build.mjs \
  && gcc -O2 -s -Wall -Wextra -Werror -o /usr/local/bin/healthcheck deploy/docker/healthcheck.c
COPY deploy/docker/system.sh deploy/docker/launcher deploy/docker/
COPY LICENSE ./
RUN sh deploy/docker/system.sh

COPY . .
ARG GIT_COMMIT=""
RUN npm run build:ts && sh deploy/docker/program.sh

FROM scratch
# What changes least comes first: a new version of tcp-info is a new last layer.
COPY --from=build /image/ /
COPY --from=build /image.node/ /
COPY --from=build /image.modules/ /
COPY --from=build /image.program/ /

# Archives go here unless -output says otherwise.
WORKDIR /home
# Metrics and health, unless -prom says otherwise.
EXPOSE 9990
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s --retries=3 CMD ["/usr/lib/tcp-info/bin/healthcheck"]
ENTRYPOINT ["/bin/tcp-info"]

ARG GIT_COMMIT=""
ARG VERSION=""
LABEL org.opencontainers.image.title="tcp-info" \
  org.opencontainers.image.description="Records what every TCP connection on a Linux machine goes through." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$GIT_COMMIT"
