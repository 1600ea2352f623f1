package pubsub

import (
	"context"
	"errors"
	"io"
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

// streamBatch is how many messages one streaming answer carries at most.
const streamBatch = 100

// stream is the flow control of one streaming pull; guarded by the subscription's mu.
type stream struct {
	limit       int64 // 0: none
	outstanding int64
}

var errPushSubscription = status.Error(codes.FailedPrecondition, "a push subscription cannot be pulled")

// lease takes up to n ready messages for deadline. Without any it returns a channel that is closed when to look again.
func (u *subscription) lease(n int, deadline time.Duration, st *stream) ([]*pb.ReceivedMessage, <-chan struct{}, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.deleted:
		return nil, nil, errNotFound("subscription", u.name)
	case u.cfg.push != nil:
		return nil, nil, errPushSubscription
	}
	if deadline == 0 {
		deadline = u.cfg.ackDeadline
	}
	now := u.s.clock.Now()
	var got []*pb.ReceivedMessage
	for len(got) < n && (st == nil || st.limit <= 0 || st.outstanding < st.limit) {
		it := u.take(now)
		if it == nil {
			break
		}
		u.postpone(it, leased, now.Add(deadline))
		if st != nil {
			it.stream = st
			st.outstanding++
		}
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
		got, wake, err := u.lease(n, 0, nil)
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
			st := it.stream
			it.stream = nil // it stays in the stream's account
			u.postpone(it, leased, due)
			it.stream = st
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

// StreamingPull delivers as messages come, within the client's limit of outstanding messages. Requests after the first
// may acknowledge; each is answered, which is the keep-alive that newer clients ask for.
func (s *Server) StreamingPull(srv pb.Subscriber_StreamingPullServer) error {
	first, err := srv.Recv()
	if err != nil {
		return err
	}
	u, err := s.subscription(first.GetSubscription())
	if err != nil {
		return err
	}
	seconds := first.GetStreamAckDeadlineSeconds()
	if seconds < minAckDeadline || seconds > maxAckDeadline {
		return errInvalid("stream_ack_deadline_seconds must be from %d to %d", minAckDeadline, maxAckDeadline)
	}
	p := &puller{u: u, srv: srv, deadline: time.Duration(seconds) * time.Second, stream: &stream{limit: first.GetMaxOutstandingMessages()}}
	p.requests, p.ended = receive(srv)
	for {
		if done, err := p.step(); done || err != nil {
			return err
		}
	}
}

// puller is one streaming pull under way.
type puller struct {
	u        *subscription
	srv      pb.Subscriber_StreamingPullServer
	deadline time.Duration
	stream   *stream
	requests <-chan *pb.StreamingPullRequest
	ended    <-chan error
}

// step sends what is ready or, if nothing is, handles the next thing that happens; done means the client is done.
func (p *puller) step() (done bool, err error) {
	got, wake, err := p.u.lease(streamBatch, p.deadline, p.stream)
	if err != nil {
		return false, err
	}
	if got != nil {
		return false, p.srv.Send(&pb.StreamingPullResponse{ReceivedMessages: got})
	}
	select {
	case <-wake:
		return false, nil
	case r := <-p.requests:
		if n := r.GetStreamAckDeadlineSeconds(); n >= minAckDeadline && n <= maxAckDeadline {
			p.deadline = time.Duration(n) * time.Second
		}
		if err = p.u.serve(r); err != nil {
			return false, err
		}
		return false, p.srv.Send(&pb.StreamingPullResponse{})
	case err = <-p.ended:
		return true, err
	case <-p.u.s.base.Done():
		return false, errClosing
	}
}

// serve applies the acknowledgements of a follow-up request.
func (u *subscription) serve(r *pb.StreamingPullRequest) error {
	if err := u.acknowledge(r.GetAckIds()); err != nil {
		return err
	}
	if len(r.GetModifyDeadlineAckIds()) != len(r.GetModifyDeadlineSeconds()) {
		return errInvalid("modify_deadline_ack_ids and modify_deadline_seconds differ in length")
	}
	for i, a := range r.GetModifyDeadlineAckIds() {
		if err := u.modAck([]string{a}, r.GetModifyDeadlineSeconds()[i]); err != nil {
			return err
		}
	}
	return nil
}

// receive reads the client's side of a stream; ended gets nil when the client has closed it.
func receive(srv pb.Subscriber_StreamingPullServer) (requests <-chan *pb.StreamingPullRequest, ended <-chan error) {
	in, end := make(chan *pb.StreamingPullRequest), make(chan error, 1)
	go func() {
		for {
			r, err := srv.Recv()
			if errors.Is(err, io.EOF) {
				err = nil
				r = nil
			}
			if err != nil || r == nil {
				end <- err
				return
			}
			select {
			case in <- r:
			case <-srv.Context().Done():
				end <- srv.Context().Err()
				return
			}
		}
	}()
	return in, end
}
