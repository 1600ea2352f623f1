package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/bits"
)

// Hash is a SHA-256 hash; JSON has it in hex.
type Hash [sha256.Size]byte

// String is the hash in hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText spells the hash in hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

var errHash = errors.New("not a hash in hex")

// UnmarshalText reads hex of the full length, in lower case.
func (h *Hash) UnmarshalText(text []byte) error {
	if n, err := hex.Decode(h[:], text[:min(len(text), 2*len(h))]); err != nil || n != len(h) || h.String() != string(text) {
		return errHash
	}

	return nil
}

// The tree is that of RFC 6962 section 2.1: leaves and inner nodes are hashed with different first bytes, so that none can pass for the
// other, and a tree of n leaves has the largest power of two below n in its left half.

func hashLeaf(data []byte) Hash { return sha256.Sum256(append([]byte{0}, data...)) }

func hashNode(left, right Hash) Hash {
	var node [1 + 2*sha256.Size]byte

	node[0] = 1
	copy(node[1:], left[:])
	copy(node[1+sha256.Size:], right[:])

	return sha256.Sum256(node[:])
}

// half returns how many of n leaves, 2 or more, are in the left half.
func half(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// merkleRoot returns the root over the hashes of leaves, of which there must be one or more.
func merkleRoot(leaves []Hash) Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}

	k := half(len(leaves))

	return hashNode(merkleRoot(leaves[:k]), merkleRoot(leaves[k:]))
}

// merkleLevels returns all nodes of the tree over the hashes of leaves: the leaves first, the root last. On each level a node without a
// neighbour goes up as it is.
func merkleLevels(leaves []Hash) [][]Hash {
	levels := [][]Hash{leaves}

	for below := leaves; len(below) > 1; {
		level := make([]Hash, 0, (len(below)+1)/2)
		for i := 0; i+1 < len(below); i += 2 {
			level = append(level, hashNode(below[i], below[i+1]))
		}

		if len(below)%2 == 1 {
			level = append(level, below[len(below)-1])
		}

		levels, below = append(levels, level), level
	}

	return levels
}

// merklePath returns the hashes beside the way from the leaf at index to the root.
func merklePath(levels [][]Hash, index int) []Hash {
	path := []Hash{}

	for _, level := range levels {
		if beside := index ^ 1; beside < len(level) {
			path = append(path, level[beside])
		}

		index /= 2
	}

	return path
}

// climb returns the root that a path leads to from a leaf of a tree of some size; ok is false if no path from that leaf is like it. It is the
// algorithm of RFC 9162 section 2.1.3.2.
func climb(leaf Hash, index, size int64, path []Hash) (root Hash, ok bool) {
	if index < 0 || index >= size {
		return Hash{}, false
	}

	root = leaf

	last := size - 1
	for _, beside := range path {
		if last == 0 {
			return Hash{}, false
		}

		if index&1 == 0 && index != last {
			root = hashNode(root, beside)
		} else {
			root = hashNode(beside, root)

			for index&1 == 0 && index != 0 {
				index, last = index>>1, last>>1
			}
		}

		index, last = index>>1, last>>1
	}

	return root, last == 0
}
