// Package ident makes the identifiers that simulated providers hand out: they look like the real ones, and the same seed
// gives the same sequence, so that a failing test fails the same way again.
package ident

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
)

// Generator is a deterministic sequence of identifiers. It is safe for concurrent use; the order of concurrent calls
// decides who gets which.
type Generator struct {
	seed uint64
	n    atomic.Uint64
}

// New returns the sequence that belongs to seed.
func New(seed uint64) *Generator { return &Generator{seed: seed} }

// UUID returns the next identifier in the shape of a random UUID.
func (g *Generator) UUID() string {
	b := g.next()
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'

	return string(out[:])
}

// Wamid returns the next WhatsApp message id: "wamid." and base64, which may hold "/", "+" and "=" as the real ones do.
func (g *Generator) Wamid() string {
	b := g.next()
	return "wamid." + base64.StdEncoding.EncodeToString(b[:28])
}

// Below returns the next number of the sequence that is at least 0 and less than n; for n < 1 it returns 0.
func (g *Generator) Below(n int64) int64 {
	if n < 1 {
		return 0
	}

	b := g.next()

	return int64(binary.BigEndian.Uint64(b[:8])>>1) % n
}

func (g *Generator) next() [sha256.Size]byte {
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], g.seed)
	binary.BigEndian.PutUint64(in[8:], g.n.Add(1))
	return sha256.Sum256(in[:])
}
