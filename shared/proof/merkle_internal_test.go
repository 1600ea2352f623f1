package proof

import (
	"encoding/hex"
	"fmt"
	"testing"
)

// The leaves and roots are those of the tests of Certificate Transparency's own log, for RFC 6962.
func TestMerkleRootGolden(t *testing.T) {
	t.Parallel()
	var leaves []Hash
	for _, data := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		raw, err := hex.DecodeString(data)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, hashLeaf(raw))
	}
	for n, want := range []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	} {
		if got := merkleRoot(leaves[:n+1]).String(); got != want {
			t.Errorf("root of %d leaves = %s, want %s", n+1, got, want)
		}
	}
}

// TestMerklePaths has every leaf of every small tree climb to the root, and no other leaf, place, size or path do so.
func TestMerklePaths(t *testing.T) {
	t.Parallel()
	leaves := make([]Hash, 33)
	for i := range leaves {
		leaves[i] = hashLeaf(fmt.Append(nil, i))
	}
	for size := 1; size <= len(leaves); size++ {
		root := merkleRoot(leaves[:size])
		leads := func(leaf Hash, index, size int64, path []Hash) bool {
			got, ok := climb(leaf, index, size, path)
			return ok && got == root
		}
		for i := range size {
			path, n := merklePath(merkleLevels(leaves[:size]), i), int64(size)
			if !leads(leaves[i], int64(i), n, path) {
				t.Fatalf("leaf %d of %d does not lead to the root", i, size)
			}
			for j := range size {
				if j != i && (leads(leaves[j], int64(i), n, path) || leads(leaves[j], int64(j), n, path) || leads(leaves[i], int64(j), n, path)) {
					t.Fatalf("path of leaf %d of %d fits leaf %d", i, size, j)
				}
			}
			if leads(leaves[i], int64(i), n, append(path[:len(path):len(path)], leaves[0])) || len(path) > 0 && leads(leaves[i], int64(i), n, path[1:]) {
				t.Fatalf("a longer or shorter path of leaf %d of %d fits", i, size)
			}
			if leads(leaves[i], -1, n, path) || leads(leaves[i], n, n, path) {
				t.Fatalf("a place outside of %d leaves fits", size)
			}
		}
	}
}
