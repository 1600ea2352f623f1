package pubsub

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
)

// The records of the journal: one byte of kind, then strings and byte strings with their length, and numbers.
// All are absolute, as [journal.Journal.Compact] wants.
const (
	recTopic     = 'T' // Topic
	recDropTopic = 't' // name
	recSub       = 'S' // Subscription
	recDropSub   = 's' // name
	recPublish   = 'P' // topic, messages…
	recAck       = 'A' // subscription, ids…
	recNack      = 'N' // subscription, id, deliveries so far
	recMessage   = 'M' // message, then (subscription, deliveries so far)…: only in snapshots
	recLastID    = 'I' // highest message id given: only in snapshots
)

var errRecord = errors.New("damaged pubsub record")

// buffers are reused for records and push bodies.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooled is the largest buffer worth keeping.
const maxPooled = 1 << 20

func getBuffer() *[]byte {
	b, ok := buffers.Get().(*[]byte)
	if !ok {
		return new([]byte)
	}

	*b = (*b)[:0]

	return b
}

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendProto appends m with its length.
func appendProto(b []byte, m proto.Message) []byte {
	b = binary.AppendUvarint(b, uint64(proto.Size(m))) //nolint:gosec // G115: a size is not negative
	out, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(b, m)
	if err != nil { // only invalid UTF-8 does this, and what came over the wire has none
		return b
	}

	return out
}

func protoRecord(kind byte, m proto.Message) []byte { return appendProto([]byte{kind}, m) }

func nameRecord(kind byte, name string) []byte { return appendString([]byte{kind}, name) }

// journalAck notes that items are done with; it need not be durable, since a redelivery is legal.
func (s *Server) journalAck(sub string, ids ...uint64) {
	if s.journal == nil {
		return
	}

	b := getBuffer()
	defer putBuffer(b)

	*b = appendString(append(*b, recAck), sub)
	for _, id := range ids {
		*b = binary.AppendUvarint(*b, id)
	}

	s.journal.Append(*b)
}

// journalNack records how often an item was delivered without success, so that a restart goes on with that count.
func (s *Server) journalNack(sub string, id uint64, attempt int32) {
	if s.journal == nil {
		return
	}

	b := getBuffer()
	defer putBuffer(b)

	*b = appendString(append(*b, recNack), sub)
	*b = binary.AppendUvarint(*b, id)
	*b = binary.AppendUvarint(*b, uint64(attempt)) //nolint:gosec // G115: not negative
	s.journal.Append(*b)
}

// journalPublish queues a published batch.
func (s *Server) journalPublish(topicName string, msgs []*pb.PubsubMessage) uint64 {
	if s.journal == nil {
		return 0
	}

	b := getBuffer()
	defer putBuffer(b)

	*b = appendString(append(*b, recPublish), topicName)
	for _, m := range msgs {
		*b = appendProto(*b, m)
	}

	return s.journal.Append(*b)
}

// Replay applies one record of the journal. Call it before [Server.Start], with the records in order.
func (s *Server) Replay(rec []byte) error {
	if len(rec) == 0 {
		return errRecord
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	d := &decoder{b: rec[1:]}
	if !s.replay(rec[0], d) || d.bad {
		return fmt.Errorf("%w of kind %q", errRecord, rec[0])
	}

	return nil
}

// replay applies a record and reports whether its kind is known. Call with mu held for writing.
func (s *Server) replay(kind byte, d *decoder) bool {
	switch kind {
	case recTopic, recSub:
		s.replayResource(kind, d)
	case recDropTopic:
		s.dropTopic(string(d.bytes()))
	case recDropSub:
		if u := s.subs[string(d.bytes())]; u != nil {
			s.detach(u)
		}
	case recPublish:
		s.replayPublish(d)
	case recMessage:
		s.replayMessage(d)
	case recAck:
		for u := s.subs[string(d.bytes())]; d.more(); {
			if id := d.number(); u != nil {
				u.forget(id)
			}
		}
	case recNack:
		u, id, attempt := s.subs[string(d.bytes())], d.number(), d.number()
		if u != nil && u.items[id] != nil {
			u.items[id].attempt = int32(attempt) //nolint:gosec // G115: written from an int32
		}
	case recLastID:
		s.lastID.Store(max(s.lastID.Load(), d.number()))
	default:
		return false
	}

	return true
}

func (s *Server) replayResource(kind byte, d *decoder) {
	raw := d.bytes()
	if kind == recTopic {
		p := &pb.Topic{}
		if d.bad = d.bad || proto.Unmarshal(raw, p) != nil; d.bad {
			return
		}
		if t := s.topics[p.GetName()]; t != nil {
			t.p = p
		} else {
			s.topics[p.GetName()] = &topic{p: p}
		}

		return
	}

	p := &pb.Subscription{}
	if d.bad = d.bad || proto.Unmarshal(raw, p) != nil; d.bad {
		return
	}
	if u := s.subs[p.GetName()]; u != nil {
		u.configure(p)
		return
	}

	s.attach(newSubscription(s, p))
}

func (s *Server) replayPublish(d *decoder) {
	t := s.topics[string(d.bytes())]
	for d.more() {
		m := d.message()
		if d.bad || t == nil {
			continue
		}

		for _, u := range t.subs {
			s.replayItem(u, m, 0)
		}
	}
}

func (s *Server) replayMessage(d *decoder) {
	m := d.message()
	for d.more() {
		u, attempt := s.subs[string(d.bytes())], d.number()
		if u != nil && !d.bad {
			s.replayItem(u, m, int32(attempt)) //nolint:gosec // G115: written from an int32
		}
	}
}

// replayItem puts m into u, unless it is there.
func (s *Server) replayItem(u *subscription, m *pb.PubsubMessage, attempt int32) {
	id := messageID(m)
	s.lastID.Store(max(s.lastID.Load(), id))
	if u.items[id] != nil {
		return
	}

	it := &item{
		m:       m,
		id:      id,
		attempt: attempt,
		index:   -1,
	}
	u.hold(it)
	u.makeReady(it)
}

// holder is a subscription that has still to deliver a message.
type holder struct {
	sub     string
	attempt int32
}

// Snapshot emits the records that make the present state. Publishers wait only while it is gathered.
func (s *Server) Snapshot(emit func(rec []byte) error) error {
	records, held := s.gather()
	for _, rec := range records {
		if err := emit(rec); err != nil {
			return err
		}
	}

	byID := func(a, b *pb.PubsubMessage) int { return cmp.Compare(messageID(a), messageID(b)) }
	for _, m := range slices.SortedFunc(maps.Keys(held), byID) {
		rec := protoRecord(recMessage, m)
		for _, h := range held[m] {
			rec = appendString(rec, h.sub)
			rec = binary.AppendUvarint(rec, uint64(h.attempt)) //nolint:gosec // G115: not negative
		}
		if err := emit(rec); err != nil {
			return err
		}
	}

	return nil
}

// gather returns the records of what there is beside messages, and the messages that are still to be delivered.
func (s *Server) gather() (records [][]byte, held map[*pb.PubsubMessage][]holder) {
	s.mu.Lock()
	defer s.mu.Unlock()

	records = append(records, binary.AppendUvarint([]byte{recLastID}, s.lastID.Load()))
	for _, t := range s.topics {
		records = append(records, protoRecord(recTopic, t.p))
	}

	held = map[*pb.PubsubMessage][]holder{}
	for _, u := range s.subs {
		records = append(records, protoRecord(recSub, u.p))

		u.mu.Lock()
		for _, it := range u.items {
			held[it.m] = append(held[it.m], holder{u.name, it.attempt})
		}
		u.mu.Unlock()
	}

	return records, held
}
