package pubsub

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Limits of a publish request, from the quotas page of the real service.
const (
	maxMessages       = 1000
	maxRequestBytes   = 10_000_000
	maxAttributes     = 100
	maxAttributeKey   = 256
	maxAttributeValue = 1024
	maxOrderingKey    = 1024
)

// Publish gives each message its id and time and queues it for every subscription the topic has now; with none it is
// gone. It answers once the messages are durable.
func (s *Server) Publish(_ context.Context, r *pb.PublishRequest) (*pb.PublishResponse, error) {
	if err := checkPublish(r); err != nil {
		return nil, err
	}

	ids, err := s.publish(r.GetTopic(), r.GetMessages())
	if err != nil {
		return nil, err
	}

	return &pb.PublishResponse{MessageIds: ids}, nil
}

func checkPublish(r *pb.PublishRequest) error {
	switch n := len(r.GetMessages()); {
	case n == 0:
		return errInvalid("the request has no messages")
	case n > maxMessages:
		return errInvalid("the request has %d messages, the limit is %d", n, maxMessages)
	case proto.Size(r) > maxRequestBytes:
		return errInvalid("the request exceeds %d bytes", maxRequestBytes)
	}

	for i, m := range r.GetMessages() {
		if len(m.GetData()) == 0 && len(m.GetAttributes()) == 0 {
			return errInvalid("message %d has neither data nor attributes", i)
		}
		if len(m.GetOrderingKey()) > maxOrderingKey || len(m.GetAttributes()) > maxAttributes {
			return errInvalid("message %d has too long an ordering key or too many attributes", i)
		}

		for k, v := range m.GetAttributes() {
			if k == "" || len(k) > maxAttributeKey || len(v) > maxAttributeValue || strings.HasPrefix(k, "goog") {
				return errInvalid("message %d has an attribute with a bad name or too long a value", i)
			}
		}
	}

	return nil
}

// publish does the work of Publish for messages that have been checked, and takes them over.
func (s *Server) publish(topicName string, msgs []*pb.PubsubMessage) ([]string, error) {
	s.mu.RLock()
	t := s.topics[topicName]
	if t == nil {
		s.mu.RUnlock()
		return nil, errNotFound("topic", topicName)
	}

	n := uint64(len(msgs))
	first := s.lastID.Add(n) - n + 1
	now := timestamppb.New(s.clock.Now().Truncate(time.Millisecond)) // the real service's resolution

	ids := make([]string, n)
	for i, m := range msgs {
		m.MessageId = strconv.FormatUint(first+uint64(i), 10)
		m.PublishTime = now
		ids[i] = m.MessageId
	}

	t.published.Add(int64(n)) //nolint:gosec // G115: at most maxMessages
	t.retained.add(t.retention(), now.AsTime(), msgs)
	subs := t.subs

	batches := make([][]item, len(subs))
	for i, u := range subs {
		batches[i] = u.holdAll(msgs, first)
	}

	s.version.Add(1) // after the messages can be seen: Idle relies on it
	var seq uint64
	if len(subs) > 0 {
		seq = s.journalPublish(topicName, msgs)
	}

	s.mu.RUnlock()

	s.observe(topicName, msgs)

	err := s.durable(seq)
	for i, u := range subs {
		u.release(batches[i], err == nil)
	}

	return ids, err
}

// messageID is the number of a message that this server has published.
func messageID(m *pb.PubsubMessage) uint64 {
	id, err := strconv.ParseUint(m.GetMessageId(), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// OnPublish calls f with every message published from now on, dead letters too, before it is durable or delivered, on
// the publisher's goroutine. f must not change the message. The returned function ends it.
func (s *Server) OnPublish(f func(topic string, m *pb.PubsubMessage)) (remove func()) {
	o := &observer{f}
	s.setObservers(func(all []*observer) []*observer { return append(all, o) })

	return func() {
		s.setObservers(func(all []*observer) []*observer {
			return slices.DeleteFunc(all, func(x *observer) bool { return x == o })
		})
	}
}

func (s *Server) setObservers(change func([]*observer) []*observer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*observer
	if p := s.observers.Load(); p != nil {
		all = slices.Clone(*p)
	}

	all = change(all)
	s.observers.Store(&all)
}

func (s *Server) observe(topicName string, msgs []*pb.PubsubMessage) {
	all := s.observers.Load()
	if all == nil {
		return
	}

	for _, o := range *all {
		for _, m := range msgs {
			o.f(topicName, m)
		}
	}
}

// Published is how many messages the topic has taken since this process began.
func (s *Server) Published(topicName string) int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.topics[topicName]; t != nil {
		return t.published.Load()
	}

	return 0
}
