package firestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/proto"
)

// Journal keeps commits beyond the life of the process.
type Journal interface {
	// Append queues rec behind all records before it and returns its number, counted from 1. It does not wait for the
	// disk and may keep rec.
	Append(rec []byte) (seq uint64)
	// Wait returns nil once every record up to seq is written.
	Wait(seq uint64) error
}

// snapshotDocuments is how many documents one record of a snapshot holds.
const snapshotDocuments = 64

// A record is a CommitRequest: whole documents as updates, deletions, and, in the field for the transaction, the commit
// time. Replaying is putting and removing by name, so that a record may be replayed over a state that holds it already.

func encodeCommit(at int64, names []string, pending map[string]*pb.Document) ([]byte, error) {
	r := &pb.CommitRequest{Transaction: encodeTime(at), Writes: make([]*pb.Write, len(names))}
	for i, name := range names {
		if d := pending[name]; d != nil {
			r.Writes[i] = &pb.Write{Operation: &pb.Write_Update{Update: d}}
		} else {
			r.Writes[i] = &pb.Write{Operation: &pb.Write_Delete{Delete: name}}
		}
	}

	rec, err := proto.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding a commit: %w", err)
	}

	return rec, nil
}

func encodeTime(micros int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(micros)) //nolint:gosec // commit times are after 1970
}

// Replay applies one record of a journal or a snapshot. Call it before the server is registered, in the order in which
// the records were written. A record that is not whole changes nothing and is an error.
func (s *Server) Replay(rec []byte) error {
	var r pb.CommitRequest
	if err := proto.Unmarshal(rec, &r); err != nil {
		return fmt.Errorf("firestore journal record: %w", err)
	}
	if len(r.GetTransaction()) != 8 {
		return fmt.Errorf("firestore journal record: commit time of %d bytes, want 8", len(r.GetTransaction()))
	}

	for _, w := range r.GetWrites() {
		if err := checkDocumentName("", writeName(w)); err != nil {
			return fmt.Errorf("firestore journal record: %w", err)
		}
		if w.GetUpdate() == nil && w.GetDelete() == "" {
			return errors.New("firestore journal record: a write that is neither a document nor a deletion")
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, w := range r.GetWrites() {
		s.st.put(writeName(w), w.GetUpdate())
	}

	at := int64(binary.BigEndian.Uint64(r.GetTransaction())) //nolint:gosec // written by encodeTime
	s.st.last = max(s.st.last, at)

	return nil
}

// Snapshot emits the whole state as records. What is committed during the call may or may not be in it: a journal is compacted
// by emitting a snapshot and keeping every record appended since before the call.
func (s *Server) Snapshot(emit func(rec []byte) error) error {
	s.mu.RLock()
	last := s.st.last
	s.mu.RUnlock()

	docs := s.sortedDocuments()
	for chunk := range slices.Chunk(docs, snapshotDocuments) {
		names := make([]string, len(chunk))

		pending := make(map[string]*pb.Document, len(chunk))
		for i, d := range chunk {
			names[i] = d.GetName()
			pending[names[i]] = d
		}

		rec, err := encodeCommit(last, names, pending)
		if err != nil {
			return err
		}
		if err := emit(rec); err != nil {
			return fmt.Errorf("firestore snapshot: %w", err)
		}
	}

	rec, err := encodeCommit(last, nil, nil) // the newest commit may have been a deletion
	if err != nil {
		return err
	}
	if err := emit(rec); err != nil {
		return fmt.Errorf("firestore snapshot: %w", err)
	}

	return nil
}

// sortedDocuments is every document, ordered by name.
func (s *Server) sortedDocuments() []*pb.Document {
	s.mu.RLock()

	docs := make([]*pb.Document, 0, len(s.st.docs))
	for _, r := range s.st.docs {
		docs = append(docs, r.doc)
	}

	s.mu.RUnlock()
	slices.SortFunc(docs, func(a, b *pb.Document) int { return compareNames(a.GetName(), b.GetName()) })

	return docs
}
