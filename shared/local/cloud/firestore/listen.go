package firestore

import (
	"errors"
	"io"
	"sync"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// watchers are the listeners to wake after a commit.
type watchers struct {
	mu  sync.Mutex
	all map[*watcher]struct{}
}

type watcher struct{ wake chan struct{} }

func (w *watchers) add() *watcher {
	l := &watcher{wake: make(chan struct{}, 1)}

	w.mu.Lock()
	defer w.mu.Unlock()

	w.all[l] = struct{}{}

	return l
}

func (w *watchers) drop(l *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()

	delete(w.all, l)
}

func (w *watchers) poke() {
	w.mu.Lock()
	defer w.mu.Unlock()

	for l := range w.all {
		select {
		case l.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// target is what one listener asked for and what it was told.
type target struct {
	id    int32
	names []string
	plan  *plan
	seen  map[string]int64
}

// listener is one Listen stream. All its sending happens in one goroutine.
type listener struct {
	s       *Server
	stream  pb.Firestore_ListenServer
	targets map[int32]*target
}

// Listen reports documents and queries as they change, until the client ends the stream.
func (v *service) Listen(stream pb.Firestore_ListenServer) error {
	l := &listener{s: v.s, stream: stream, targets: map[int32]*target{}}

	w := v.s.watchers.add()
	defer v.s.watchers.drop(w)

	requests, failed := make(chan *pb.ListenRequest), make(chan error, 1)
	go func() {
		for {
			r, err := stream.Recv()
			if err != nil {
				failed <- err
				return
			}

			select {
			case requests <- r:
			case <-stream.Context().Done():
				return
			}
		}
	}()

	for {
		var err error
		select {
		case <-stream.Context().Done():
			return nil
		case err = <-failed:
			if errors.Is(err, io.EOF) {
				return nil
			}
		case r := <-requests:
			err = l.handle(r)
		case <-w.wake:
			err = l.report(l.targets, false)
		}

		if err != nil {
			return err
		}
	}
}

func (l *listener) handle(r *pb.ListenRequest) error {
	if id := r.GetRemoveTarget(); id != 0 {
		delete(l.targets, id)
		return l.stream.Send(targetChange(pb.TargetChange_REMOVE, nil, id))
	}

	a := r.GetAddTarget()
	if a == nil {
		return status.Error(codes.InvalidArgument, "A listen request must add or remove a target.")
	}

	t := &target{id: a.GetTargetId(), names: a.GetDocuments().GetDocuments(), seen: map[string]int64{}}
	for _, name := range t.names {
		if err := checkDocumentName(r.GetDatabase(), name); err != nil {
			return err
		}
	}

	if q := a.GetQuery(); q != nil {
		var err error
		if t.plan, err = newPlan(q.GetParent(), q.GetStructuredQuery()); err != nil {
			return err
		}
		if l.s.enforce {
			if err := l.s.catalog.check(t.plan); err != nil {
				return err
			}
		}
	}

	l.targets[t.id] = t
	if err := l.stream.Send(targetChange(pb.TargetChange_ADD, nil, t.id)); err != nil {
		return err
	}

	if a.GetResumeType() != nil { // what the client knows may be outdated: it gets everything again
		if err := l.stream.Send(targetChange(pb.TargetChange_RESET, nil, t.id)); err != nil {
			return err
		}
	}

	return l.report(map[int32]*target{t.id: t}, true)
}

func targetChange(kind pb.TargetChange_TargetChangeType, at *timestamppb.Timestamp, ids ...int32) *pb.ListenResponse {
	tc := &pb.TargetChange{TargetChangeType: kind, TargetIds: ids, ReadTime: at}
	if at != nil {
		tc.ResumeToken = encodeTime(micros(at))
	}
	return &pb.ListenResponse{ResponseType: &pb.ListenResponse_TargetChange{TargetChange: tc}}
}

// reported returns the names of the documents of answers.
func reported(out []*pb.ListenResponse) []string {
	var names []string
	for _, r := range out {
		if d := r.GetDocumentChange().GetDocument(); d != nil {
			names = append(names, d.GetName())
		}
	}

	return names
}

// report sends what changed for targets since they were last told; first ends the opening answer of a new target.
func (l *listener) report(targets map[int32]*target, first bool) error {
	for _, t := range targets {
		if t.plan != nil {
			l.s.ensureIndex(t.plan)
		}
	}

	var out []*pb.ListenResponse
	sent := int64(0)
	at := l.s.read(func(st *state) {
		asOf := stamp(l.s.readTime())
		for _, t := range targets {
			changes := t.changes(st, asOf, first)
			sent += int64(len(changes))
			out = append(out, changes...)
			if first {
				out = append(out, targetChange(pb.TargetChange_CURRENT, asOf, t.id))
			}
		}
	})

	if len(out) == 0 {
		return nil
	}

	l.s.charge(l.stream.Context(), Counts{Reads: sent}, func() []string { return reported(out) })

	for _, r := range append(out, targetChange(pb.TargetChange_NO_CHANGE, at)) {
		if err := l.stream.Send(r); err != nil {
			return err
		}
	}

	return nil
}

// changes compares the state with what t was told, and takes note of it.
func (t *target) changes(st *state, at *timestamppb.Timestamp, first bool) []*pb.ListenResponse {
	var out []*pb.ListenResponse
	now := map[string]record{}
	var fields [][]string
	if t.plan != nil {
		fields = t.plan.fields
		for _, d := range st.run(t.plan).docs {
			now[d.name] = d
		}
	}

	for _, name := range t.names {
		if d := st.get(name); d.exists() {
			now[name] = d
		} else if first {
			out = append(out, t.deleted(name, at))
		}
	}

	for name, d := range now {
		if t.seen[name] == d.version() {
			continue
		}

		t.seen[name] = d.version()
		out = append(out, &pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentChange{
			DocumentChange: &pb.DocumentChange{Document: d.answer(fields), TargetIds: []int32{t.id}},
		}})
	}

	for name := range t.seen {
		if now[name].exists() {
			continue
		}

		delete(t.seen, name)
		if !st.get(name).exists() {
			out = append(out, t.deleted(name, at))
			continue
		}

		out = append(out, &pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentRemove{
			DocumentRemove: &pb.DocumentRemove{Document: name, RemovedTargetIds: []int32{t.id}, ReadTime: at},
		}})
	}

	return out
}

func (t *target) deleted(name string, at *timestamppb.Timestamp) *pb.ListenResponse {
	return &pb.ListenResponse{ResponseType: &pb.ListenResponse_DocumentDelete{
		DocumentDelete: &pb.DocumentDelete{Document: name, RemovedTargetIds: []int32{t.id}, ReadTime: at},
	}}
}
