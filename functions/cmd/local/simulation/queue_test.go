package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
)

// A push subscription as terraform sets it up, but for the back-off, which is shorter so that more happens in an hour.
const (
	places      = 64
	ackDeadline = time.Minute
	firstPause  = 2 * time.Second
	longPause   = 2 * time.Minute
	// mostAttempts is how often a message is delivered before it is a dead letter, unless a plan says otherwise.
	mostAttempts = 100
)

// subscription pushes what is published to a topic.
type subscription struct {
	world   *World
	topic   string
	handler func(m *machine) http.Handler
	// free has a token for each place.
	free chan struct{}
}

func newSubscription(w *World, topic string, handler func(*machine) http.Handler) *subscription {
	s := &subscription{world: w, topic: topic, handler: handler, free: make(chan struct{}, places)}
	for range places {
		s.free <- struct{}{}
	}

	return s
}

// copyOf is one message on its way to one subscriber.
type copyOf struct {
	message *pb.PubsubMessage
	// name is that of the message in the trace.
	name string
	// step is that of the event which it is a copy of, also of one that sweep has published again; 0 for anything else.
	step int
}

// publish takes a message; now and then Pub/Sub makes two of it.
func (s *subscription) publish(m *pb.PubsubMessage) {
	c := copyOf{message: proto.CloneOf(m), name: s.world.nameOf(s.topic, m), step: stepOf(m)}
	s.start(c)

	if s.world.troubled() && drawn(s.world.plan.Seed, 60, "second copy", c.name) == 0 {
		second := c
		second.name += " copied"
		s.start(second)
	}
}

func (s *subscription) start(c copyOf) {
	s.world.busy.add()
	s.world.running.Go(func() {
		defer s.world.busy.done()

		s.deliver(c)
	})
}

// deliver pushes a copy until it is acknowledged.
func (s *subscription) deliver(c copyOf) {
	w := s.world
	w.oracle.queued(s.topic, c)

	for attempt := 1; ; attempt++ {
		name := fmt.Sprintf("%s, attempt %d", c.name, attempt)

		w.waitForSubscription(s.topic)
		time.Sleep(time.Millisecond + time.Duration(drawn(w.plan.Seed, int64(4*time.Millisecond), "push", name)))

		if s.push(c, name, attempt) {
			w.oracle.acknowledged(s.topic, c)
			return
		}

		w.oracle.refused(s.topic, c)

		switch {
		case c.readByNewer(attempt), w.ctx.Err() != nil:
			return
		case attempt >= w.plan.mostAttempts() && !c.newerSchema():
			s.buries(c, attempt)
			return
		}

		pause := min(firstPause<<min(attempt-1, 10), longPause)
		time.Sleep(pause + time.Duration(drawn(w.plan.Seed, int64(time.Second), "pause", name)))
	}
}

// push delivers a copy once, and reports whether it was acknowledged.
func (s *subscription) push(c copyOf, name string, attempt int) bool {
	<-s.free
	defer func() { s.free <- struct{}{} }()

	if s.world.refusesPushes(s.topic) {
		return false
	}

	m := s.world.machine(name)
	by := m.actor(name)
	by.about = c

	r := httptest.NewRequestWithContext(withActor(s.world.ctx, by), http.MethodPost, "/", bytes.NewReader(rig.PushBody(c.message, attempt)))
	r.Header.Set("Content-Type", "application/json")

	rec := httptest.NewRecorder()

	if !m.serve(s.handler(m), rec, r, ackDeadline) {
		s.world.oracle.pushed(s.topic, c, attempt, 0, false)
		return false
	}

	s.world.oracle.pushed(s.topic, c, attempt, rec.Code, true)

	return rec.Code/100 == 2
}

// published hears of every message that is published, and has the subscriptions push it.
func (w *World) published(topic string, m *pb.PubsubMessage) {
	name := topic[strings.LastIndexByte(topic, '/')+1:]
	if w.retell != nil {
		if m = w.retell(name, m); m == nil {
			return
		}
	}

	w.oracle.published(name, m)

	if s := w.subscriptions[name]; s != nil {
		s.publish(m)
	}
}

// nameOf returns what a message is called in the trace: by what is in it, since its id depends on what came before.
func (w *World) nameOf(topic string, m *pb.PubsubMessage) string {
	name := fmt.Sprintf("%s %s", topic, what(m))
	return name + " #" + w.count(name)
}

// stepOf returns the step whose event a message is, by the remark that the event carries; 0 for any other message.
func stepOf(m *pb.PubsubMessage) int {
	var (
		id    int
		event struct {
			Data struct {
				Remarks string `json:"remarks"`
			} `json:"response_data"`
		}
	)

	_ = json.Unmarshal(m.GetData(), &event)              // what cannot be read is no event
	_, _ = fmt.Sscanf(event.Data.Remarks, remarkOf, &id) // nor is what has no such remark

	return id
}

// what says what a message is about, in a word.
func what(m *pb.PubsubMessage) string {
	var event struct {
		Data struct {
			Remarks string `json:"remarks"`
		} `json:"response_data"`
		Kind   string `json:"kind"`
		Status struct {
			Status string `json:"status"`
		} `json:"status"`
	}
	_ = json.Unmarshal(m.GetData(), &event) // what cannot be read has only its digest

	h := fnv.New32a()
	_, _ = h.Write(m.GetData())

	switch {
	case event.Data.Remarks != "":
		return event.Data.Remarks
	default:
		return fmt.Sprintf("%s %s %08x", m.GetAttributes()["kind"], event.Status.Status, h.Sum32())
	}
}
