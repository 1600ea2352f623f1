package firestore

import (
	"slices"
	"sort"
	"strings"
)

// chunkSize bounds what one insertion has to move.
const chunkSize = 256

type item struct {
	key string
	rec *record
}

// ordered is a sorted set of keys, kept as a sorted list of short sorted lists: an insertion moves a few kilobytes at
// most, whatever the size, and a scan walks plain slices.
type ordered struct {
	chunks [][]item // none is empty
}

// chunkFor is the chunk in which key is or belongs.
func (o *ordered) chunkFor(key string) int {
	return max(sort.Search(len(o.chunks), func(i int) bool { return o.chunks[i][0].key > key })-1, 0)
}

func searchChunk(c []item, key string) (int, bool) {
	i := sort.Search(len(c), func(i int) bool { return c[i].key >= key })
	return i, i < len(c) && c[i].key == key
}

// insert adds key, or replaces its record.
func (o *ordered) insert(key string, rec *record) {
	if len(o.chunks) == 0 {
		o.chunks = [][]item{{{key, rec}}}
		return
	}

	n := o.chunkFor(key)
	c := o.chunks[n]
	i, found := searchChunk(c, key)
	if found {
		c[i].rec = rec
		return
	}

	c = slices.Insert(c, i, item{key, rec})
	if len(c) <= chunkSize {
		o.chunks[n] = c
		return
	}

	at := chunkSize / 2
	if i == len(c)-1 { // ascending keys leave full chunks behind
		at = len(c) - 1
	}

	right := append(make([]item, 0, chunkSize+1), c[at:]...)
	clear(c[at:])
	o.chunks[n] = c[:at]
	o.chunks = slices.Insert(o.chunks, n+1, right)
}

func (o *ordered) remove(key string) {
	if len(o.chunks) == 0 {
		return
	}

	n := o.chunkFor(key)
	i, found := searchChunk(o.chunks[n], key)
	if !found {
		return
	}

	if o.chunks[n] = slices.Delete(o.chunks[n], i, i+1); len(o.chunks[n]) == 0 {
		o.chunks = slices.Delete(o.chunks, n, n+1)
	}
}

// scan yields the records of the keys from lo up to but without hi, in order.
func (o *ordered) scan(lo, hi string, yield func(*record) bool) {
	if len(o.chunks) == 0 {
		return
	}

	n := o.chunkFor(lo)

	i, _ := searchChunk(o.chunks[n], lo)
	for ; n < len(o.chunks); n, i = n+1, 0 {
		for _, it := range o.chunks[n][i:] {
			if it.key >= hi || !yield(it.rec) {
				return
			}
		}
	}
}

// orderedFrom builds the set at once; items need not be sorted and are taken over.
func orderedFrom(items []item) ordered {
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.key, b.key) })

	var o ordered
	for c := range slices.Chunk(items, chunkSize/2) {
		o.chunks = append(o.chunks, append(make([]item, 0, chunkSize+1), c...))
	}

	return o
}
