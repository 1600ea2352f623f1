package firestore

import (
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What is kept for reads in the past: as long as the real service does without point-in-time recovery, but never more
// than so many changes, since each may hold on to an old document.
const (
	maxPast        = time.Hour
	maxPastChanges = 1 << 16
)

// change is what a document was until the commit at at.
type change struct {
	at     int64
	name   string
	before *pb.Document // nil: it did not exist
}

// history is the list of changes, oldest first. A read in the past takes the present and undoes what came later: cheap
// for the short time a read-only transaction lives, and without a cost per stored document.
type history struct {
	log   []change
	first int   // index of the oldest change still kept
	floor int64 // reads before this time are refused
}

func (h *history) add(c change) {
	h.log = append(h.log, c)
	for h.first < len(h.log) && (len(h.log)-h.first > maxPastChanges || h.log[h.first].at < c.at-maxPast.Microseconds()) {
		h.floor = h.log[h.first].at
		h.log[h.first] = change{}
		h.first++
	}
	if h.first > len(h.log)/2 && h.first > 1024 {
		h.log = append([]change(nil), h.log[h.first:]...)
		h.first = 0
	}
}

// since returns the content at time at of every document that changed later.
func (h *history) since(at int64) map[string]*pb.Document {
	var out map[string]*pb.Document
	for i := len(h.log) - 1; i >= h.first && h.log[i].at > at; i-- {
		if out == nil {
			out = map[string]*pb.Document{}
		}
		out[h.log[i].name] = h.log[i].before
	}
	return out
}

// view is the state at one time. It is valid while the server's lock is held.
type view struct {
	st   *state
	past map[string]*pb.Document // what differs from the present
}

// at returns the state at a time in microseconds; 0 is the present.
func (st *state) at(at int64) (view, error) {
	if at == 0 {
		return view{st: st}, nil
	}
	if at < st.past.floor {
		return view{}, status.Error(codes.FailedPrecondition, "The requested read time is too old: the versions of that time are no longer kept.")
	}
	return view{st, st.past.since(at)}, nil
}

func (v view) get(name string) *pb.Document {
	if d, ok := v.past[name]; ok {
		return d
	}
	return v.st.get(name)
}
