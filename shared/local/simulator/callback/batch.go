package callback

import (
	"container/heap"
	"net/http"
	"slices"
	"time"
)

// Batch is how callbacks of one app go out together.
type Batch struct {
	// Name is that of the callbacks that may share a post.
	Name string
	// Within is how long they are gathered: time is cut into spans of that length, and each goes out at the end of its span.
	Within time.Duration
	// Most is how many share a post; less than 1 is 1.
	Most int
	// Part is what the callback adds to the post.
	Part map[string]any
	// Join makes body and header of the post of several parts, which goes out at the time at. It must not call the outbox.
	Join func(parts []map[string]any, at time.Time) ([]byte, http.Header)
}

// end is when the span ends that a time is in.
func (b *Batch) end(at time.Time) time.Time { return at.Truncate(b.Within).Add(b.Within) }

// joined returns the posts that a callback goes out with, and takes those off the schedule that it shares them with. Call
// with mu held.
func (o *Outbox) joined(cb *Callback) []*Callback {
	if cb.batch == nil {
		return []*Callback{cb}
	}

	together := []*Callback{cb}
	o.waiting = slices.DeleteFunc(o.waiting, func(other *Callback) bool {
		same := other.batch != nil && other.batch.Name == cb.batch.Name && other.Planned.Equal(cb.Planned)
		if same {
			together = append(together, other)
		}

		return same
	})

	heap.Init(&o.waiting)
	slices.SortFunc(together, before)

	var posts []*Callback
	for part := range slices.Chunk(together, max(cb.batch.Most, 1)) {
		posts = append(posts, join(part))
	}

	return posts
}

// join is one post of several callbacks.
func join(together []*Callback) *Callback {
	first := together[0]

	parts := make([]map[string]any, len(together))
	for i, cb := range together {
		parts[i] = cb.batch.Part
	}

	body, header := first.batch.Join(parts, first.Planned)

	return &Callback{
		System:  first.System,
		AppID:   first.AppID,
		Kind:    "batch",
		Body:    body,
		URL:     first.URL,
		Header:  header,
		Planned: first.Planned,
		retry:   first.retry,
		seq:     first.seq,
		outbox:  first.outbox,
	}
}
