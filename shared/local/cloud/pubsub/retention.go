package pubsub

import (
	"context"
	"slices"
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retained are the messages that a topic keeps for subscriptions that seek a time, in the order in which they were published. They are in memory
// only: a process that starts has none of before.
type retained struct {
	mu   sync.Mutex
	msgs []*pb.PubsubMessage
}

// retention returns for how long the topic retains messages; 0 retains none. Call with the server's mu held.
func (t *topic) retention() time.Duration { return t.p.GetMessageRetentionDuration().AsDuration() }

// checkRetention refuses what the service refuses.
func checkRetention(d *durationpb.Duration) error {
	if d != nil && (d.AsDuration() < minRetention || d.AsDuration() > maxRetention) {
		return errInvalid("message_retention_duration must be from %v to %v", minRetention, maxRetention)
	}

	return nil
}

// add retains messages, and lets go of those that are too old by now.
func (r *retained) add(keep time.Duration, now time.Time, msgs []*pb.PubsubMessage) {
	if keep == 0 {
		return
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	old := 0
	for old < len(r.msgs) && now.Sub(r.msgs[old].GetPublishTime().AsTime()) > keep {
		old++
	}

	r.msgs = append(slices.Delete(r.msgs, 0, old), msgs...)
}

// since returns what was published at a time or later.
func (r *retained) since(at time.Time) []*pb.PubsubMessage {
	r.mu.Lock()
	defer r.mu.Unlock()

	first := slices.IndexFunc(r.msgs, func(m *pb.PubsubMessage) bool { return !m.GetPublishTime().AsTime().Before(at) })
	if first < 0 {
		return nil
	}

	return slices.Clone(r.msgs[first:])
}

// Seek has a subscription deliver what was published at a time or later, as far as its topic retains it, and nothing of before. What was
// acknowledged comes once more. That is not in the journal.
func (s *Server) Seek(_ context.Context, r *pb.SeekRequest) (*pb.SeekResponse, error) {
	if r.GetTime() == nil {
		return nil, errUnsupported("snapshots")
	}

	at := r.GetTime().AsTime()

	s.mu.RLock()

	u := s.subs[r.GetSubscription()]
	if u == nil {
		s.mu.RUnlock()
		return nil, errNotFound("subscription", r.GetSubscription())
	}

	var again []*pb.PubsubMessage
	if t := s.topics[u.p.GetTopic()]; t != nil && t.retention() > 0 {
		again = t.retained.since(at)
	}

	s.mu.RUnlock()
	u.seek(at, again)
	s.changed()

	return &pb.SeekResponse{}, nil
}

// seek ends what was published before a time, and makes what was published since deliverable that the subscription does not hold.
func (u *subscription) seek(at time.Time, again []*pb.PubsubMessage) {
	u.mu.Lock()
	defer u.mu.Unlock()

	for _, it := range u.items {
		if it.m.GetPublishTime().AsTime().Before(at) && it.state != held && it.state != out {
			u.finish(it)
		}
	}

	for _, m := range again {
		id := messageID(m)
		if u.items[id] != nil {
			continue
		}

		it := &item{m: m, id: id, index: -1}
		u.hold(it)
		u.makeReady(it)
	}

	u.arm()
	u.pump()
}
