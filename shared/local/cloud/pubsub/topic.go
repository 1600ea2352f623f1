package pubsub

import (
	"context"
	"maps"
	"slices"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// deletedTopic is what a subscription shows whose topic is gone.
const deletedTopic = "_deleted-topic_"

// CreateTopic makes a topic; one of that name is AlreadyExists.
func (s *Server) CreateTopic(_ context.Context, t *pb.Topic) (*pb.Topic, error) {
	switch {
	case !topicName.MatchString(t.GetName()):
		return nil, errInvalid("invalid topic name")
	case t.GetSchemaSettings() != nil:
		return nil, errUnsupported("schemas")
	case t.GetIngestionDataSourceSettings() != nil:
		return nil, errUnsupported("ingestion")
	case len(t.GetMessageTransforms()) > 0:
		return nil, errUnsupported("message transforms")
	}

	if err := checkRetention(t.GetMessageRetentionDuration()); err != nil {
		return nil, err
	}

	s.mu.Lock()
	if s.topics[t.GetName()] != nil {
		s.mu.Unlock()
		return nil, errExists("topic", t.GetName())
	}

	s.topics[t.GetName()] = &topic{p: t}
	seq := s.append(protoRecord(recTopic, t))
	s.mu.Unlock()

	return t, s.durable(seq)
}

// UpdateTopic changes for how long a topic retains its messages, or its labels.
func (s *Server) UpdateTopic(_ context.Context, r *pb.UpdateTopicRequest) (*pb.Topic, error) {
	s.mu.Lock()

	t := s.topics[r.GetTopic().GetName()]
	if t == nil {
		s.mu.Unlock()
		return nil, errNotFound("topic", r.GetTopic().GetName())
	}

	p := proto.CloneOf(t.p)

	err := applyMask(p, r.GetTopic(), r.GetUpdateMask().GetPaths(), "message_retention_duration", "labels")
	if err == nil {
		err = checkRetention(p.GetMessageRetentionDuration())
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}

	t.p = p
	seq := s.append(protoRecord(recTopic, p))
	s.mu.Unlock()

	return p, s.durable(seq)
}

// GetTopic returns a topic.
func (s *Server) GetTopic(_ context.Context, r *pb.GetTopicRequest) (*pb.Topic, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.topics[r.GetTopic()]; t != nil {
		return t.p, nil
	}

	return nil, errNotFound("topic", r.GetTopic())
}

// DeleteTopic removes a topic. Its subscriptions stay, with what they hold, and get nothing new.
func (s *Server) DeleteTopic(_ context.Context, r *pb.DeleteTopicRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	if s.topics[r.GetTopic()] == nil {
		s.mu.Unlock()
		return nil, errNotFound("topic", r.GetTopic())
	}

	s.dropTopic(r.GetTopic())
	seq := s.append(nameRecord(recDropTopic, r.GetTopic()))
	s.mu.Unlock()

	return &emptypb.Empty{}, s.durable(seq)
}

// dropTopic forgets a topic. Call with mu held for writing.
func (s *Server) dropTopic(name string) {
	t := s.topics[name]
	if t == nil {
		return
	}

	delete(s.topics, name)

	for _, u := range t.subs {
		p := proto.CloneOf(u.p)
		p.Topic = deletedTopic
		u.configure(p)
	}
}

// Topics lists the full names of the topics, in their order.
func (s *Server) Topics() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.topics))
}
