package cache

import "sync"

// Recent holds the values that were put or asked for last, by key: the last n at least, and twice as many at most. They do not age. It is safe for
// concurrent use.
type Recent[K comparable, V any] struct {
	n int

	mu sync.Mutex
	// young are those that were put or asked for since it was begun; old are those of the time before.
	young, old map[K]V
}

// NewRecent returns an empty Recent of the last n, which is more than zero.
func NewRecent[K comparable, V any](n int) *Recent[K, V] {
	return &Recent[K, V]{n: n, young: map[K]V{}}
}

// Get returns the value of a key, if it is held.
func (r *Recent[K, V]) Get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	v, ok := r.young[key]
	if ok {
		return v, true
	}

	if v, ok = r.old[key]; ok {
		r.put(key, v)
	}

	return v, ok
}

// Put holds a value in the place of what its key had.
func (r *Recent[K, V]) Put(key K, value V) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.put(key, value)
}

// put is Put. Call with mu held.
func (r *Recent[K, V]) put(key K, value V) {
	if _, held := r.young[key]; !held && len(r.young) == r.n {
		r.young, r.old = map[K]V{}, r.young
	}

	r.young[key] = value
}

// Remove lets go of the value of a key.
func (r *Recent[K, V]) Remove(key K) {
	r.mu.Lock()
	defer r.mu.Unlock()

	delete(r.young, key)
	delete(r.old, key)
}
