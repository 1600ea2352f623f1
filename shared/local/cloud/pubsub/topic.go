package pubsub

import (
	"context"
	"slices"
	"strings"

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

// GetTopic returns a topic.
func (s *Server) GetTopic(_ context.Context, r *pb.GetTopicRequest) (*pb.Topic, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.topics[r.GetTopic()]; t != nil {
		return t.p, nil
	}
	return nil, errNotFound("topic", r.GetTopic())
}

// UpdateTopic changes labels and message retention.
func (s *Server) UpdateTopic(_ context.Context, r *pb.UpdateTopicRequest) (*pb.Topic, error) {
	s.mu.Lock()
	t := s.topics[r.GetTopic().GetName()]
	if t == nil {
		s.mu.Unlock()
		return nil, errNotFound("topic", r.GetTopic().GetName())
	}
	p := proto.CloneOf(t.p)
	if err := applyMask(p, r.GetTopic(), r.GetUpdateMask().GetPaths(), "labels", "message_retention_duration"); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	t.p = p
	seq := s.append(protoRecord(recTopic, p))
	s.mu.Unlock()
	return p, s.durable(seq)
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

// ListTopics lists a project's topics by name.
func (s *Server) ListTopics(_ context.Context, r *pb.ListTopicsRequest) (*pb.ListTopicsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := &pb.ListTopicsResponse{}
	var names []string
	names, out.NextPageToken = page(s.topics, r.GetProject(), r.GetPageSize(), r.GetPageToken())
	for _, n := range names {
		out.Topics = append(out.Topics, s.topics[n].p)
	}
	return out, nil
}

// ListTopicSubscriptions lists the names of a topic's subscriptions.
func (s *Server) ListTopicSubscriptions(_ context.Context, r *pb.ListTopicSubscriptionsRequest) (*pb.ListTopicSubscriptionsResponse, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.topics[r.GetTopic()]
	if t == nil {
		return nil, errNotFound("topic", r.GetTopic())
	}
	all := map[string]*subscription{}
	for _, u := range t.subs {
		all[u.name] = u
	}
	out := &pb.ListTopicSubscriptionsResponse{}
	out.Subscriptions, out.NextPageToken = page(all, "projects", r.GetPageSize(), r.GetPageToken())
	return out, nil
}

// page returns the names in m below parent, in order, after token, at most size (0 is 1,000), and the next token.
func page[V any](m map[string]V, parent string, size int32, token string) (names []string, next string) {
	for n := range m {
		if strings.HasPrefix(n, parent+"/") && n > token {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	if size <= 0 || size > 1000 {
		size = 1000
	}
	if len(names) > int(size) {
		names = names[:size]
		next = names[size-1]
	}
	return names, next
}
