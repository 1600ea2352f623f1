package pubsub

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Limits of a subscription, from the reference of google.pubsub.v1.
const (
	minAckDeadline = 10
	maxAckDeadline = 600
	maxBackoff     = 600 * time.Second
	minAttempts    = 5
	maxAttempts    = 100
	minRetention   = 10 * time.Minute
	maxRetention   = 31 * 24 * time.Hour
)

// CreateSubscription makes a push or pull subscription that gets what is published from now on.
func (s *Server) CreateSubscription(_ context.Context, r *pb.Subscription) (*pb.Subscription, error) {
	if !subscriptionName.MatchString(r.GetName()) {
		return nil, errInvalid("invalid subscription name")
	}

	p := withDefaults(r)
	if err := checkSubscription(p); err != nil {
		return nil, err
	}

	s.mu.Lock()
	if err := s.createSubscription(p); err != nil {
		s.mu.Unlock()
		return nil, err
	}

	seq := s.append(protoRecord(recSub, p))
	s.mu.Unlock()

	return p, s.durable(seq)
}

// createSubscription adds p. Call with mu held for writing.
func (s *Server) createSubscription(p *pb.Subscription) error {
	if s.topics[p.GetTopic()] == nil {
		return errNotFound("topic", p.GetTopic())
	}
	if s.subs[p.GetName()] != nil {
		return errExists("subscription", p.GetName())
	}
	if d := p.GetDeadLetterPolicy().GetDeadLetterTopic(); d != "" && s.topics[d] == nil {
		return errNotFound("topic", d)
	}

	s.attach(newSubscription(s, p))

	return nil
}

// checkSubscription refuses what is invalid and what this server does not support.
func checkSubscription(p *pb.Subscription) error {
	if err := checkSupported(p); err != nil {
		return err
	}
	if d := p.GetAckDeadlineSeconds(); d < minAckDeadline || d > maxAckDeadline {
		return errInvalid("ack_deadline_seconds must be from %d to %d", minAckDeadline, maxAckDeadline)
	}

	if r := p.GetRetryPolicy(); r != nil {
		c := newConfig(p)
		if c.low < 0 || c.high > maxBackoff || c.low > c.high {
			return errInvalid("retry policy must have 0 s ≤ minimum_backoff ≤ maximum_backoff ≤ %v", maxBackoff)
		}
	}

	if d := p.GetDeadLetterPolicy(); d != nil {
		if !topicName.MatchString(d.GetDeadLetterTopic()) {
			return errInvalid("invalid dead letter topic")
		}
		if n := d.GetMaxDeliveryAttempts(); n < minAttempts || n > maxAttempts {
			return errInvalid("max_delivery_attempts must be from %d to %d", minAttempts, maxAttempts)
		}
	}

	if d := p.GetMessageRetentionDuration(); d != nil && (d.AsDuration() < minRetention || d.AsDuration() > maxRetention) {
		return errInvalid("message_retention_duration must be from %v to %v", minRetention, maxRetention)
	}

	return checkPush(p.GetPushConfig())
}

func checkSupported(p *pb.Subscription) error {
	switch {
	case p.GetFilter() != "":
		return errUnsupported("filters")
	case p.GetEnableMessageOrdering():
		return errUnsupported("message ordering")
	case p.GetEnableExactlyOnceDelivery():
		return errUnsupported("exactly-once delivery")
	case p.GetRetainAckedMessages():
		return errUnsupported("retaining acknowledged messages")
	case p.GetBigqueryConfig() != nil, p.GetCloudStorageConfig() != nil, p.GetBigtableConfig() != nil:
		return errUnsupported("export subscriptions")
	case len(p.GetMessageTransforms()) > 0:
		return errUnsupported("message transforms")
	}

	return nil
}

func checkPush(p *pb.PushConfig) error {
	if p.GetPushEndpoint() == "" {
		return nil
	}

	u, err := url.Parse(p.GetPushEndpoint())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errInvalid("invalid push endpoint")
	}
	if o := p.GetOidcToken(); o != nil && o.GetServiceAccountEmail() == "" {
		return errInvalid("oidc_token needs service_account_email")
	}

	return nil
}

// GetSubscription returns a subscription.
func (s *Server) GetSubscription(_ context.Context, r *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u := s.subs[r.GetSubscription()]; u != nil {
		return u.p, nil
	}

	return nil, errNotFound("subscription", r.GetSubscription())
}

// Subscriptions lists the subscriptions in the order of their names. They are not to be changed.
func (s *Server) Subscriptions() []*pb.Subscription {
	s.mu.RLock()
	defer s.mu.RUnlock()

	all := make([]*pb.Subscription, 0, len(s.subs))
	for _, name := range slices.Sorted(maps.Keys(s.subs)) {
		all = append(all, s.subs[name].p)
	}

	return all
}

// UpdateSubscription changes the named fields; what waits is delivered under the new settings.
func (s *Server) UpdateSubscription(_ context.Context, r *pb.UpdateSubscriptionRequest) (*pb.Subscription, error) {
	return s.modify(r.GetSubscription().GetName(), func(p *pb.Subscription) error {
		return applyMask(p, r.GetSubscription(), r.GetUpdateMask().GetPaths(), "push_config", "ack_deadline_seconds",
			"retry_policy", "dead_letter_policy", "labels", "message_retention_duration", "expiration_policy")
	})
}

// ModifyPushConfig replaces the push configuration; an empty one makes it a pull subscription.
func (s *Server) ModifyPushConfig(_ context.Context, r *pb.ModifyPushConfigRequest) (*emptypb.Empty, error) {
	_, err := s.modify(r.GetSubscription(), func(p *pb.Subscription) error {
		p.PushConfig = r.GetPushConfig()
		return nil
	})
	return &emptypb.Empty{}, err
}

// modify replaces a subscription's resource by a changed and checked copy.
func (s *Server) modify(name string, change func(p *pb.Subscription) error) (*pb.Subscription, error) {
	s.mu.Lock()
	u := s.subs[name]
	if u == nil {
		s.mu.Unlock()
		return nil, errNotFound("subscription", name)
	}

	p := proto.CloneOf(u.p)
	err := change(p)
	if err == nil {
		p = withDefaults(p)
		err = checkSubscription(p)
	}

	if d := p.GetDeadLetterPolicy().GetDeadLetterTopic(); err == nil && d != "" && s.topics[d] == nil {
		err = errNotFound("topic", d)
	}

	if err != nil {
		s.mu.Unlock()
		return nil, err
	}

	u.configure(p)
	seq := s.append(protoRecord(recSub, p))
	s.mu.Unlock()

	s.changed()

	return p, s.durable(seq)
}

// DeleteSubscription removes a subscription and what it holds.
func (s *Server) DeleteSubscription(_ context.Context, r *pb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	u := s.subs[r.GetSubscription()]
	if u == nil {
		s.mu.Unlock()
		return nil, errNotFound("subscription", r.GetSubscription())
	}

	s.detach(u)
	seq := s.append(nameRecord(recDropSub, u.name))
	s.mu.Unlock()

	u.stop()

	u.mu.Lock()
	for _, it := range u.items {
		u.remove(it)
	}
	u.mu.Unlock()

	s.changed()

	return &emptypb.Empty{}, s.durable(seq)
}
