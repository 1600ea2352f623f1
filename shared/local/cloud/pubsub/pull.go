package pubsub

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// pullWait is how long a Pull waits for a first message.
const pullWait = 90 * time.Second

var errPushSubscription = status.Error(codes.FailedPrecondition, "a push subscription cannot be pulled")

// lease takes up to n ready messages for the ack deadline. Without any it returns a channel that is closed when to look
// again.
func (u *subscription) lease(n int) ([]*pb.ReceivedMessage, <-chan struct{}, error) {
	u.mu.Lock()
	defer u.mu.Unlock()

	switch {
	case u.deleted:
		return nil, nil, errNotFound("subscription", u.name)
	case u.cfg.push != nil:
		return nil, nil, errPushSubscription
	}

	now := u.s.clock.Now()

	var got []*pb.ReceivedMessage
	for len(got) < n {
		it := u.take(now)
		if it == nil {
			break
		}

		u.postpone(it, leased, now.Add(u.cfg.ackDeadline))

		r := &pb.ReceivedMessage{AckId: ackID(it), Message: it.m}
		if u.cfg.counts() {
			r.DeliveryAttempt = it.attempt
		}

		got = append(got, r)
	}

	if got != nil {
		return got, nil, nil
	}

	return nil, u.waitChan(), nil
}

// ackID names one delivery: message id and attempt.
func ackID(it *item) string {
	return strconv.FormatUint(it.id, 10) + "-" + strconv.Itoa(int(it.attempt))
}

// parseAckID is the reverse of ackID.
func parseAckID(s string) (id uint64, attempt int32, err error) {
	a, b, _ := strings.Cut(s, "-")
	id, err = strconv.ParseUint(a, 10, 64)
	n, err2 := strconv.ParseInt(b, 10, 32)
	if errors.Join(err, err2) != nil {
		return 0, 0, errInvalid("invalid ack id")
	}

	return id, int32(n), nil
}

// Pull returns up to max_messages. If there are none it waits for one, at most 90 s of the server's clock, unless
// return_immediately is set.
func (s *Server) Pull(ctx context.Context, r *pb.PullRequest) (*pb.PullResponse, error) {
	u, err := s.subscription(r.GetSubscription())
	if err != nil {
		return nil, err
	}
	if r.GetMaxMessages() <= 0 {
		return nil, errInvalid("max_messages must be positive")
	}

	n := min(int(r.GetMaxMessages()), maxMessages)
	late := make(chan struct{})

	timer := s.clock.AfterFunc(pullWait, func() { close(late) })
	defer timer.Stop()

	for {
		got, wake, err := u.lease(n)
		if err != nil || got != nil || r.GetReturnImmediately() { //nolint:staticcheck // SA1019: clients still send it
			return &pb.PullResponse{ReceivedMessages: got}, err
		}

		select {
		case <-wake:
		case <-late:
			return &pb.PullResponse{}, nil
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-s.base.Done():
			return nil, errClosing
		}
	}
}

var errClosing = status.Error(codes.Unavailable, "the local Pub/Sub is closing")

// Acknowledge ends messages; ids no longer known are ignored.
func (s *Server) Acknowledge(_ context.Context, r *pb.AcknowledgeRequest) (*emptypb.Empty, error) {
	u, err := s.subscription(r.GetSubscription())
	if err == nil {
		err = u.acknowledge(r.GetAckIds())
	}
	return &emptypb.Empty{}, err
}

func (u *subscription) acknowledge(ackIDs []string) error {
	ids := make([]uint64, 0, len(ackIDs))
	for _, a := range ackIDs {
		id, _, err := parseAckID(a)
		if err != nil {
			return err
		}

		ids = append(ids, id)
	}

	u.mu.Lock()

	done := ids[:0]
	for _, id := range ids {
		if it := u.items[id]; it != nil && it.state != held && it.state != out {
			u.remove(it)

			done = append(done, id)
		}
	}

	if len(done) > 0 {
		u.s.journalAck(u.name, done...)
	}

	u.arm()
	u.mu.Unlock()

	u.s.changed()

	return nil
}

// ModifyAckDeadline moves the ends of leases to so many seconds from now; 0 gives the messages back at once.
func (s *Server) ModifyAckDeadline(_ context.Context, r *pb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	u, err := s.subscription(r.GetSubscription())
	if err == nil {
		err = u.modAck(r.GetAckIds(), r.GetAckDeadlineSeconds())
	}
	return &emptypb.Empty{}, err
}

func (u *subscription) modAck(ackIDs []string, seconds int32) error {
	if seconds < 0 || seconds > maxAckDeadline {
		return errInvalid("ack_deadline_seconds must be from 0 to %d", maxAckDeadline)
	}

	due := u.s.clock.Now().Add(time.Duration(seconds) * time.Second)
	var dead []*item

	u.mu.Lock()
	for _, a := range ackIDs {
		id, attempt, err := parseAckID(a)
		if err != nil {
			u.mu.Unlock()
			return err
		}

		it := u.items[id]
		switch {
		case it == nil || it.state != leased || it.attempt != attempt:
		case seconds > 0:
			u.postpone(it, leased, due)
		case u.nack(it):
			dead = append(dead, it)
		}
	}

	u.arm()
	cfg := u.cfg
	u.mu.Unlock()

	u.buryAll(cfg, dead)
	u.s.changed()

	return nil
}
