# Part of the image's build: adds the built program.
set -eu
target=/image.program/usr/lib/tcp-info

mkdir -p "$target/native/build/Release"
cp native/build/Release/netlink.node "$target/native/build/Release/"
cp -a dist package.json "$target"
find "$target/dist" -type f \( -name '*.d.ts' -o -name '*.map' -o -name '.tsbuildinfo' \) -delete
