package callback

import "cmp"

// before orders by planned time, then by age.
func before(a, b *Callback) int {
	if c := a.Planned.Compare(b.Planned); c != 0 {
		return c
	}
	return cmp.Compare(a.seq, b.seq)
}

// schedule is a heap of callbacks, earliest first.
type schedule []*Callback

// Len is that of [heap.Interface].
func (s schedule) Len() int { return len(s) }

// Less is that of [heap.Interface].
func (s schedule) Less(i, j int) bool { return before(s[i], s[j]) < 0 }

// Swap is that of [heap.Interface].
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push is that of [heap.Interface].
func (s *schedule) Push(x any) {
	if cb, ok := x.(*Callback); ok {
		*s = append(*s, cb)
	}
}

// Pop is that of [heap.Interface].
func (s *schedule) Pop() any {
	last := len(*s) - 1
	cb := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return cb
}
