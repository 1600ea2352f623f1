package firestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/encoding/protowire"
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

// A journal record is a CommitRequest: documents as updates, deletions, and, in the field for the transaction, the commit time.
// An update with a mask has only the fields of the document that changed. Replaying is putting, merging and removing by name,
// so that records may be replayed, in order, over a state that holds them already.

// The numbers of the fields that a record has.
const (
	commitWrites, commitTransaction protowire.Number = 2, 3

	writeUpdate, writeDelete, writeMask protowire.Number = 1, 2, 3

	maskPaths protowire.Number = 1
)

// change is what a commit does to one document, as it is written to the journal and applied to the state.
type change struct {
	// to is the document afterwards, with no body if it is deleted.
	to record
	// partly says that the document was there and that, beside the times, only fields have changed: to has nothing else.
	partly bool
	fields []string
}

// newChange compares a document with what it was; nil is a document that is not there.
func newChange(name string, before, after *pb.Document) (change, error) {
	if after == nil {
		return change{to: record{name: name}}, nil
	}

	c := change{partly: before != nil}
	if c.partly {
		after = &pb.Document{Name: name, Fields: maps.Clone(after.GetFields()), CreateTime: after.GetCreateTime(), UpdateTime: after.GetUpdateTime()}
		c.fields = []string{}

		for f, v := range before.GetFields() {
			if w, ok := after.GetFields()[f]; !ok {
				c.fields = append(c.fields, f)
			} else if identical(v, w) {
				delete(after.Fields, f)
			}
		}

		c.fields = slices.AppendSeq(c.fields, maps.Keys(after.GetFields()))
	}

	var err error
	c.to, err = recordOf(after)

	return c, err
}

// apply makes the change to the state.
func (st *state) apply(c change) {
	if !c.partly {
		st.put(c.to, nil)
		return
	}

	old := st.get(c.to.name)
	if !old.exists() { // in a replay: what is replayed next deletes it
		st.put(record{c.to.name, bytes.Clone(c.to.body)}, nil)
		return
	}

	st.put(record{c.to.name, merge(old.body, c.fields, c.to.body)}, c.fields)
}

// appendCommit appends the record of a commit.
func appendCommit(rec []byte, at int64, changes []change) []byte {
	var doc, write []byte
	for _, c := range changes {
		write = write[:0]
		if c.to.exists() {
			doc = append(appendPart(doc[:0], documentName, []byte(c.to.name)), c.to.body...)
			write = appendPart(write, writeUpdate, doc)
		} else {
			write = appendPart(write, writeDelete, []byte(c.to.name))
		}

		if c.partly {
			write = appendPart(write, writeMask, encodeMask(c.fields))
		}

		rec = appendPart(rec, commitWrites, write)
	}

	return appendPart(rec, commitTransaction, encodeTime(at))
}

func encodeMask(fields []string) []byte {
	var b []byte
	for _, f := range fields {
		b = appendPart(b, maskPaths, []byte(f))
	}

	return b
}

func encodeTime(micros int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(micros)) //nolint:gosec // commit times are after 1970
}

var errRecord = errors.New("damaged firestore journal record")

// Replay applies one record of a journal or a snapshot, and keeps nothing of rec. Call it before the server is registered, in the order in which
// the records were written. A record that is not whole changes nothing and is an error.
func (s *Server) Replay(rec []byte) error {
	var (
		at      int64
		timed   bool
		changes []change
	)

	for p := range parts(rec) {
		switch p.number {
		case commitWrites:
			c, err := decodeChange(p.value)
			if err != nil {
				return err
			}

			changes = append(changes, c)
		case commitTransaction:
			timed = len(p.value) == 8
			if timed {
				at = int64(binary.BigEndian.Uint64(p.value)) //nolint:gosec // written by encodeTime
			}
		default:
			return errRecord
		}
	}

	if !timed {
		return fmt.Errorf("%w: it has no commit time", errRecord)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, c := range changes {
		if !c.partly {
			c.to.body = bytes.Clone(c.to.body) // rec is the caller's
		}

		s.st.apply(c)
	}

	s.st.last = max(s.st.last, at)

	return nil
}

func decodeChange(write []byte) (c change, err error) {
	for p := range parts(write) {
		switch p.number {
		case writeUpdate:
			c.to, err = decodeRecord(p.value)
			if err != nil {
				return change{}, err
			}
		case writeDelete:
			c.to.name = string(p.value)
		case writeMask:
			c.partly, c.fields = true, []string{}
			for path := range parts(p.value) {
				if path.number != maskPaths {
					return change{}, errRecord
				}

				c.fields = append(c.fields, string(path.value))
			}
		default:
			return change{}, errRecord
		}
	}

	if err := checkDocumentName("", c.to.name); err != nil {
		return change{}, fmt.Errorf("%w: %w", errRecord, err)
	}

	return c, nil
}

// decodeRecord takes an encoded document apart. Its name comes first.
func decodeRecord(document []byte) (record, error) {
	var r record
	for p := range parts(document) {
		switch {
		case p.number == 0, (p.number == documentName) != (r.body == nil):
			return record{}, errRecord
		case p.number == documentName:
			r.name, r.body = string(p.value), document[len(p.raw):]
		}
	}

	return r, nil
}

// Snapshot emits the whole state as records, each of which is valid only during the call of emit. What is committed during the
// call may or may not be in it: a journal is compacted by emitting a snapshot and keeping every record appended since before
// the call. The lock is given up between records, so that commits go on.
func (s *Server) Snapshot(emit func(rec []byte) error) error {
	next, stop := iter.Pull(documentsOf(s.st.colls))
	defer stop()

	var (
		buf  []byte
		docs = make([]change, 0, snapshotDocuments)
	)

	for {
		docs = docs[:0]

		s.mu.RLock()
		last := s.st.last

		for len(docs) < snapshotDocuments {
			r, more := next()
			if !more {
				break
			}

			docs = append(docs, change{to: *r})
		}

		s.mu.RUnlock()

		buf = appendCommit(buf[:0], last, docs) // also without documents: the newest commit may have been a deletion
		if err := emit(buf); err != nil {
			return fmt.Errorf("firestore snapshot: %w", err)
		}
		if len(docs) < snapshotDocuments {
			return nil
		}
	}
}
