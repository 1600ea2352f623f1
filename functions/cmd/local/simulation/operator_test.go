package simulation

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// deadLetter is a message that was delivered in vain too often, with the topic that it was published to.
type deadLetter struct {
	topic   string
	message *pb.PubsubMessage
}

// mostAttempts is how often a message is delivered before it is a dead letter.
func (p Plan) mostAttempts() int { return cmp.Or(p.Deliveries, mostAttempts) }

// buries keeps a copy that was delivered in vain too often as a dead letter, with the attributes that Pub/Sub adds.
func (s *subscription) buries(c copyOf, attempts int) {
	w := s.world
	w.note("%s is a dead letter", c.name)
	w.oracle.buried(s.topic, c)

	m := &pb.PubsubMessage{Data: c.message.GetData(), Attributes: maps.Clone(c.message.GetAttributes())}
	if m.Attributes == nil {
		m.Attributes = map[string]string{}
	}

	m.Attributes[buriedMark+"DeliveryCount"] = strconv.Itoa(attempts)
	if m.Attributes[buriedMark+"TopicPublishTime"] == "" {
		m.Attributes[buriedMark+"TopicPublishTime"] = c.message.GetPublishTime().AsTime().Format(time.RFC3339Nano)
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	w.dead = append(w.dead, deadLetter{topic: s.topic, message: m})
}

// buriedMark begins the names of the attributes that Pub/Sub adds to a dead letter.
const buriedMark = "CloudPubSubDeadLetterSource"

// replayed reports whether a copy was a dead letter before.
func (c copyOf) replayed() bool { return c.message.GetAttributes()[buriedMark+"DeliveryCount"] != "" }

// replay has an operator publish all dead letters again, each with its attributes, and reports whether there were any.
func (w *World) replay(why string) bool {
	w.mu.Lock()
	all := w.dead
	w.dead = nil
	w.mu.Unlock()

	for _, d := range all {
		w.note("%s: a dead letter of %s is published again", why, d.topic)
		w.publishRaw(d.topic, d.message.GetData(), d.message.GetAttributes())
	}

	return len(all) > 0
}

// reopen has an operator reopen every message of a brand that was given up.
func (w *World) reopen(s Step) {
	var ids []string

	w.cloud.Firestore().Documents(func(name string, fields map[string]*firestoreValue) bool {
		if strings.Contains(name, messagesPath) {
			if e := messageIn(name, fields); e.account == w.plan.Brands[s.Brand].ID && e.phase == phaseGivenUp && !e.reported() && !e.isAnswer() {
				ids = append(ids, e.id)
			}
		}

		return true
	})

	slices.Sort(ids)

	for _, id := range ids {
		m, err := w.parts.Store.Message(w.ctx, id)
		if err != nil {
			w.oracle.find("%s: a message that was given up cannot be read: %v", s.name(), err)
			continue
		}

		w.oracle.reopening(id)

		err = w.reopens(w.ctx, w.parts.Store, m, time.Now())
		w.note("%s: an operator reopens %s: %v", s.name(), w.oracle.messageCalled(id), err)
		w.oracle.reopenedNow(s, w.messageOf(id), err)
	}
}

// messageOf returns a message's document as it is stored.
func (w *World) messageOf(id string) (e entry) {
	w.cloud.Firestore().Documents(func(name string, fields map[string]*firestoreValue) bool {
		if strings.HasSuffix(name, messagesPath+id) {
			e = messageIn(name, fields)
		}

		return e.id == ""
	})

	return e
}

// reported reports whether an attempt is known to be taken, or the newest one to have failed, so that nobody has to decide on it.
func (e entry) reported() bool { return e.taken() || e.tries[e.attempt].known() }

// reopenedNow hears how an operator's reopening of a message ended, and looks at what is stored since.
func (o *oracle) reopenedNow(s Step, now entry, err error) {
	o.hearing.Lock()
	defer o.hearing.Unlock()

	o.sending.reopenedNow(s, now, err)
}

// reopenedNow looks at a message that an operator has reopened: it is decided on afresh, at once.
func (s *sending) reopenedNow(step Step, now entry, err error) {
	o := s.of[now.id]

	switch {
	case err != nil:
		s.find(o, "%s: it was given up, and cannot be reopened: %v", step.name(), err)
	case now.phase != phaseWaiting || now.due.IsZero() || now.due.After(time.Now()) || now.doubts != 0:
		s.find(o, "%s: it was reopened, and is %s after %d doubts, due %s", step.name(), now.phase, now.doubts, now.due.In(india).Format(clockTime))
	}

	s.entries[now.id] = now
}

// publishLate has what a shopper says come as a dead letter that an operator publishes again: the build that took it at first could not
// read it. It counts from when it was received, unless the provider tells its time.
func (w *World) publishLate(s saying, body []byte) {
	attributes := w.origin(s.app)
	attributes[provider.AttributeKind] = string(provider.KindRaw)
	attributes[queue.AttributeReceived] = s.at.Format(time.RFC3339Nano)

	w.busy.add()
	w.running.Go(func() {
		defer w.busy.done()

		time.Sleep(s.Kept)

		w.note("%s: a dead letter with what was said is published again", s.name())
		w.publishRaw(world.ProviderEvents, body, attributes)
		w.oracle.taken(s.id)
	})
}
