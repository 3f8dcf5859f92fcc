# Part of the image's build: installs the run-time dependencies, without files that only people read.
#
#   sh dependencies.sh WITH_QUERY
set -eu
with_query=$1
target=/image.modules/usr/lib/tcp-info

mkdir -p "$target"
cp -a package.json package-lock.json node_modules "$target"
cd "$target"
npm prune --omit=dev --ignore-scripts
# Headers to compile the addon with.
rm -rf node_modules/node-addon-api node_modules/node-api-headers
case "$with_query" in
  1) ;;
  0 | '') rm -rf node_modules/@duckdb ;;
  *) echo "WITH_QUERY=$with_query: expected 0 or 1" >&2; exit 1 ;;
esac
# Keep licences.
find node_modules -type d \( -name test -o -name tests -o -name __tests__ -o -name docs -o -name example -o -name examples \
  -o -name benchmark -o -name coverage \) -prune -exec rm -rf {} +
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname 'readme*' \
  -o -iname 'changelog*' -o -iname 'history*' \) -delete
rm -rf package-lock.json node_modules/.bin node_modules/.package-lock.json
find . -type d -empty -delete
