package cloudview

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/pubsub"
)

// MaxMessages is how many messages are kept of a topic, the newest.
const MaxMessages = 200

// heard keeps what was published. It is safe for concurrent use.
type heard struct {
	mu sync.Mutex
	// topics are the messages by the topic's full name, oldest first.
	topics map[string][]*pb.PubsubMessage
}

func newHeard() *heard { return &heard{topics: map[string][]*pb.PubsubMessage{}} }

// add keeps a message.
func (h *heard) add(topic string, m *pb.PubsubMessage) {
	kept := proto.CloneOf(m)

	h.mu.Lock()
	defer h.mu.Unlock()

	h.topics[topic] = append(h.topics[topic], kept)
	if n := len(h.topics[topic]); n > MaxMessages {
		h.topics[topic] = slices.Delete(h.topics[topic], 0, n-MaxMessages)
	}
}

// of are the messages of a topic, newest first.
func (h *heard) of(topic string) []*pb.PubsubMessage {
	h.mu.Lock()
	defer h.mu.Unlock()

	all := slices.Clone(h.topics[topic])
	slices.Reverse(all)

	return all
}

// Topic is a topic with what reads it.
type Topic struct {
	// Name is the last part of its full name.
	Name string
	// Published is how many messages it took since the run began, of which the newest Kept can be read.
	Published     int64
	Kept          int
	Subscriptions []Subscription
}

// Subscription is what reads a topic.
type Subscription struct {
	// Name is the last part of its full name.
	Name string
	// Pushes says that messages are pushed to a function; others wait until somebody fetches them.
	Pushes bool
	// Waiting is what is to be delivered at once, OnItsWay what is being delivered, Delayed what waits until NextDue at the earliest, since its delivery
	// failed. Deliveries is the highest number that any of them has had.
	Waiting, OnItsWay, Delayed int
	NextDue                    time.Time
	Deliveries                 int32
}

// Topics lists the topics by name.
func (v *View) Topics() []Topic {
	server := v.cloud.PubSub()

	backlog := map[string]pubsub.Backlog{}
	for _, b := range server.Backlog() {
		backlog[b.Subscription] = b
	}

	readers := map[string][]Subscription{}
	for _, s := range server.Subscriptions() {
		b := backlog[s.GetName()]
		readers[s.GetTopic()] = append(readers[s.GetTopic()], Subscription{
			Name:       path.Base(s.GetName()),
			Pushes:     s.GetPushConfig().GetPushEndpoint() != "",
			Waiting:    b.Ready,
			OnItsWay:   b.Running + b.Leased,
			Delayed:    b.Delayed,
			NextDue:    b.NextDue,
			Deliveries: b.Attempts,
		})
	}

	var all []Topic
	for _, name := range server.Topics() {
		all = append(all, Topic{
			Name:          path.Base(name),
			Published:     server.Published(name),
			Kept:          len(v.heard.of(name)),
			Subscriptions: readers[name],
		})
	}

	return all
}

// Message is a message that was published.
type Message struct {
	ID string
	At time.Time
	// Attributes are its attributes in the order of their names.
	Attributes []Attribute
	// JSON is its data: JSON in lines, or a JSON text of what is none.
	JSON string
	// Shown says that nothing is masked.
	Shown bool
}

// Attribute is an attribute of a message.
type Attribute struct{ Name, Value string }

// Messages returns a page of the messages that are kept of a topic and hold a text, as [View.Documents] finds it, newest first. The message whose id is
// shown is as it was published, the others are masked.
func (v *View) Messages(topic, search, shown string, number int) (Topic, Page[Message], error) {
	topics := v.Topics()

	i := slices.IndexFunc(topics, func(t Topic) bool { return t.Name == topic })
	if i < 0 {
		return Topic{}, Page[Message]{}, fault.New(fault.NotFound, "cloudview.Messages", "there is no such topic")
	}

	var found []*pb.PubsubMessage
	for _, m := range v.heard.of(v.fullName(topic)) {
		plain := messageOf(nil, topic, m)
		if holds(search, m.GetMessageId(), plain.JSON, plain.attributes()) {
			found = append(found, m)
		}
	}

	page := paged(found, number)
	messages := Page[Message]{
		Number: page.Number,
		Pages:  page.Pages,
		Total:  page.Total,
	}

	mask := v.masker()
	for _, m := range page.Items {
		as := mask
		if m.GetMessageId() == shown {
			as = nil
		}

		messages.Items = append(messages.Items, messageOf(as, topic, m))
	}

	return topics[i], messages, nil
}

// fullName returns the full name of a topic.
func (v *View) fullName(topic string) string {
	for _, name := range v.cloud.PubSub().Topics() {
		if path.Base(name) == topic {
			return name
		}
	}

	return ""
}

// messageOf is a message of a topic to read; masked unless mask is nil.
func messageOf(mask *masker, topic string, m *pb.PubsubMessage) Message {
	out := Message{
		ID:    m.GetMessageId(),
		At:    m.GetPublishTime().AsTime(),
		JSON:  writeData(mask, topic, m.GetData()),
		Shown: mask == nil,
	}

	for _, name := range slices.Sorted(maps.Keys(m.GetAttributes())) {
		a := Attribute{Name: name, Value: m.GetAttributes()[name]}
		if mask != nil {
			a = Attribute{Name: mask.key(name), Value: mask.text(placeOf(topic).in(name), a.Value)}
		}

		out.Attributes = append(out.Attributes, a)
	}

	return out
}

// attributes are all of them in one text.
func (m *Message) attributes() string {
	var b strings.Builder
	for _, a := range m.Attributes {
		b.WriteString(a.Name + "=" + a.Value + "\n")
	}

	return b.String()
}
