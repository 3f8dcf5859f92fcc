# tcp-info in a container: docs/container.md says how to run it.
#
#   docker build -t measurementlab/tcp-info .
#
# Build arguments: GIT_COMMIT and VERSION are shown by the image; WITH_QUERY=1 adds DuckDB, about 70 MB, for
# `tcp-info query` and Parquet. The build downloads packages only from npm's registry and from Debian.

FROM node:24.21.0-trixie-slim AS build
# The final image starts with only these packages: the libraries of node, the addon and zstd. They are listed where
# vulnerability scanners look when there is no dpkg.
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ \
  && mkdir -p /debs /image/var/lib/dpkg/status.d && cd /debs \
  && apt-get download base-files gcc-14-base libc6 libgcc-s1 liblz4-1 liblzma5 libstdc++6 libxxhash0 libzstd1 zlib1g zstd \
  && for deb in *.deb; do \
       dpkg-deb --extract "$deb" /image \
       && dpkg-deb --field "$deb" >"/image/var/lib/dpkg/status.d/${deb%%_*}" || exit 1; \
     done \
  && rm -rf /debs /var/lib/apt/lists/*

# Dependencies first: a change of sources does not download them again.
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
ARG WITH_QUERY=0
COPY deploy/docker/dependencies.sh deploy/docker/
RUN sh deploy/docker/dependencies.sh "$WITH_QUERY"

# Native code next: a change of TypeScript does not compile it again.
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
# Layers in order of change: a new version of tcp-info only changes the last one.
COPY --from=build /image/ /
COPY --from=build /image.node/ /
COPY --from=build /image.modules/ /
COPY --from=build /image.program/ /

# Default folder of archives (-output).
WORKDIR /home
# Default port of metrics and health (-prom).
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
