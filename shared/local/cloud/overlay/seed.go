package overlay

import (
	"context"
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// atOnce is how many documents one call of the real Firestore reads.
const atOnce = 300

// ensure has the local Firestore have the word on documents. The lock is held while the real one is asked, so that nobody reads, or writes,
// what another is about to put there.
func (o *Overlay) ensure(ctx context.Context, names []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()

	var unknown []string

	asked := map[string]bool{}
	for _, name := range names {
		if _, known := o.known[name]; !known && !asked[name] {
			asked[name] = true
			unknown = append(unknown, name)
		}
	}

	for chunk := range slices.Chunk(unknown, atOnce) {
		docs, err := o.o.Real.get(ctx, chunk)
		if err != nil {
			return err
		}
		if err = o.put(ctx, docs); err != nil {
			return err
		}

		for _, name := range chunk {
			if _, put := o.known[name]; !put {
				o.known[name] = false // there is none
			}
		}
	}

	return nil
}

// put gives the local Firestore documents that it does not know, as Seed lets them. It wants the lock.
func (o *Overlay) put(ctx context.Context, docs []*pb.Document) error {
	var seeds []*pb.Document

	for _, doc := range docs {
		if _, known := o.known[doc.GetName()]; known {
			continue
		}

		d := &Document{Path: relative(doc.GetName()), doc: doc}
		if o.o.Seed != nil {
			if err := o.o.Seed(ctx, d); err != nil {
				return err
			}
		}

		if !d.hidden {
			seeds = append(seeds, d.doc)
		}

		o.known[doc.GetName()] = d.hidden || d.changed
	}

	return o.o.Local.Seed(seeds...)
}

// query has the local Firestore know all documents that a query could find.
func (o *Overlay) query(ctx context.Context, parent string, asked *pb.StructuredQuery) error {
	o.mu.Lock()
	defer o.mu.Unlock()

	q, ok := proto.Clone(asked).(*pb.StructuredQuery)
	if !ok || q == nil {
		return status.Error(codes.InvalidArgument, "A structured query is required.")
	}

	wanted := int(q.GetOffset() + q.GetLimit().GetValue())
	limited := q.GetLimit() != nil
	q.Select, q.Offset, q.Limit = nil, 0, nil

	key, err := proto.MarshalOptions{Deterministic: true}.Marshal(q)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}

	whole := parent + "\n" + string(key)

	switch {
	case o.queried[whole]:
		return nil // all that it finds is known
	case limited:
		return o.querySome(ctx, parent, q, wanted)
	}

	_, err = o.run(ctx, parent, q, o.o.MaxSeeded+1)
	o.queried[whole] = err == nil

	return err
}

// querySome reads as many results of a query as are needed to know the first ones: so many that as many as are wanted are as they are in
// reality. What was not read is behind those in the query's order, so that it could not be among the first. It wants the lock.
func (o *Overlay) querySome(ctx context.Context, parent string, q *pb.StructuredQuery, wanted int) error {
	for limit := wanted; ; limit *= 2 {
		limit = min(limit, o.o.MaxSeeded+1)

		docs, err := o.run(ctx, parent, q, limit)
		if err != nil {
			return err
		}

		same := 0
		for _, doc := range docs {
			if !o.known[doc.GetName()] {
				same++
			}
		}

		if len(docs) < limit || same >= wanted {
			return nil
		}
	}
}

// run reads the first results of a query and puts them into the local Firestore. It wants the lock.
func (o *Overlay) run(ctx context.Context, parent string, q *pb.StructuredQuery, limit int) ([]*pb.Document, error) {
	q.Limit = wrapperspb.Int32(int32(limit)) //nolint:gosec // at most one more than what may be read
	docs, err := o.o.Real.run(ctx, parent, q)
	if err != nil {
		return nil, err
	}
	if len(docs) > o.o.MaxSeeded {
		return nil, status.Errorf(codes.ResourceExhausted, "The query finds more than %d documents, which is the most that are laid over.", o.o.MaxSeeded)
	}

	return docs, o.put(ctx, docs)
}
