package witness

// ring keeps the newest keep items in the order they came; keep ≤ 0 keeps all.
type ring[T any] struct {
	keep  int
	start int
	items []T
}

func (r *ring[T]) add(item T) {
	if r.keep <= 0 || len(r.items) < r.keep {
		r.items = append(r.items, item)
		return
	}

	r.items[r.start] = item
	r.start = (r.start + 1) % r.keep
}

func (r *ring[T]) all() []T {
	out := make([]T, 0, len(r.items))
	out = append(out, r.items[r.start:]...)
	return append(out, r.items[:r.start]...)
}
