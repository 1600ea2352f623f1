package queue

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// MaxPushBody is the most bytes a push can have: [MaxData] in base64, with its envelope. Read bodies with this limit.
const MaxPushBody = 14 << 20

// metadataPrefix begins the headers that hold a message's metadata when a subscription does not wrap its payload.
const metadataPrefix = "X-Goog-Pubsub-"

// Push is one delivery of one message.
type Push struct {
	// Data is the message's body, at most [MaxData] bytes.
	Data []byte
	// Attributes are those of the message. Of an unwrapped push they are lower-case header names.
	Attributes map[string]string
	// ID is the message's id; the publisher's retry of the same content has another. Empty on a bare body.
	ID string
	// PublishTime is when Pub/Sub took the message; zero if it did not say.
	PublishTime time.Time
	// OrderingKey is the publisher's, or empty.
	OrderingKey string
	// Subscription is the full name of the subscription, or empty.
	Subscription string
	// Attempt counts deliveries from 1, roughly; 0 if the subscription has no dead-letter topic and does not say.
	Attempt int
}

// DecodePush reads a push in any of the forms Pub/Sub has:
//   - the wrapped envelope, with camelCase or snake_case names, also as the body of Eventarc's binary CloudEvent;
//   - the payload alone (no_wrapper) with metadata and attributes as headers;
//   - a JSON object alone, without any metadata: the message's data posted as it is.
//
// What cannot be decoded is an Invalid error that names the field, and TooLarge is data over [MaxData]. The answer to
// either is a 4xx, so that the message reaches the dead-letter topic.
func DecodePush(body []byte, h http.Header) (Push, error) {
	if h.Get(metadataPrefix+"Message-Id") != "" || h.Get(metadataPrefix+"Subscription-Name") != "" {
		return decodeUnwrapped(body, h)
	}
	if e, m, ok := scanEnvelope(body); ok {
		return e.push(m)
	}

	e := newEnvelope()
	if err := json.Unmarshal(body, &e); err != nil {
		return Push{}, envelopeError(err)
	}

	switch {
	case e.Message == nil:
		return Push{}, fault.Field("message", "must be an object")
	case *e.Message != nil:
		return e.push(**e.Message)
	case !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")):
		return Push{}, fault.New(fault.Invalid, "", "the body must be a JSON object")
	default:
		return checked(Push{Data: body})
	}
}

// envelope is the wrapped form. The emulator and Eventarc send some names twice, in both spellings.
//
// Message is a pointer to a pointer so that one pass over the body, most of which is its data, tells a null (which clears
// the outer one) from an absence (which leaves the inner one nil).
type envelope struct {
	Message         **wireMessage `json:"message"`
	Subscription    string        `json:"subscription"`
	DeliveryAttempt int           `json:"deliveryAttempt"`
	DeliverySnake   int           `json:"delivery_attempt"`
}

func newEnvelope() envelope { return envelope{Message: new(*wireMessage)} }

type wireMessage struct {
	Data             []byte            `json:"data"`
	Attributes       map[string]string `json:"attributes"`
	MessageID        string            `json:"messageId"`
	MessageIDSnake   string            `json:"message_id"`
	PublishTime      string            `json:"publishTime"`
	PublishTimeSnake string            `json:"publish_time"`
	OrderingKey      string            `json:"orderingKey"`
	OrderingKeySnake string            `json:"ordering_key"`
}

func (e envelope) push(m wireMessage) (Push, error) {
	published, err := parseTime("message.publishTime", cmp.Or(m.PublishTime, m.PublishTimeSnake))
	if err != nil {
		return Push{}, err
	}

	return checked(Push{
		Data:         m.Data,
		Attributes:   m.Attributes,
		ID:           cmp.Or(m.MessageID, m.MessageIDSnake),
		PublishTime:  published,
		OrderingKey:  cmp.Or(m.OrderingKey, m.OrderingKeySnake),
		Subscription: e.Subscription,
		Attempt:      max(e.DeliveryAttempt, e.DeliverySnake, 0),
	})
}

func checked(p Push) (Push, error) {
	if len(p.Data) > MaxData {
		return Push{}, fault.New(fault.TooLarge, "queue.DecodePush", "")
	}
	if len(p.Data) == 0 && len(p.Attributes) == 0 {
		return Push{}, fault.Field("message.data", "is missing")
	}

	return p, nil
}

func decodeUnwrapped(body []byte, h http.Header) (Push, error) {
	published, err := parseTime("x-goog-pubsub-publish-time", h.Get(metadataPrefix+"Publish-Time"))
	if err != nil {
		return Push{}, err
	}

	p := Push{
		Data:         body,
		ID:           h.Get(metadataPrefix + "Message-Id"),
		PublishTime:  published,
		OrderingKey:  h.Get(metadataPrefix + "Ordering-Key"),
		Subscription: h.Get(metadataPrefix + "Subscription-Name"),
	}

	if s := h.Get(metadataPrefix + "Delivery-Attempt"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return Push{}, fault.Field("x-goog-pubsub-delivery-attempt", "must be a whole number")
		}

		p.Attempt = n
	}

	for name, values := range h {
		if len(values) == 0 || transportHeader(name) {
			continue
		}
		if p.Attributes == nil {
			p.Attributes = make(map[string]string)
		}

		p.Attributes[strings.ToLower(name)] = values[0]
	}

	return checked(p)
}

// transportHeaders are headers that the way here adds. Every other header of an unwrapped push is an attribute: Pub/Sub
// writes those under their own names, without a mark.
var transportHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Accept-Language": true, "Authorization": true, "Connection": true,
	"Content-Encoding": true, "Content-Length": true, "Content-Type": true, "Cookie": true, "Date": true, "Forwarded": true,
	"From": true, "Function-Execution-Id": true, "Host": true, "Traceparent": true, "Tracestate": true,
	"Transfer-Encoding": true, "User-Agent": true, "Via": true,
}

func transportHeader(name string) bool {
	if transportHeaders[name] {
		return true
	}

	for _, prefix := range []string{metadataPrefix, "X-Forwarded-", "X-Cloud-", "X-Serverless-", "X-Appengine-", "X-Goog-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}

	return false
}

func parseTime(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}

	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fault.Field(field, "must be an RFC 3339 time")
	}

	return t, nil
}

// envelopeError says what is wrong without the decoder's text, which quotes the input.
func envelopeError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		switch t.Field {
		case "":
			return fault.New(fault.Invalid, "", "the body must be a JSON object")
		case "message":
			return fault.Field("message", "must be an object")
		default:
			return fault.Field(t.Field, "is of a wrong type")
		}
	}

	if _, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return fault.Field("message.data", "is not base64")
	}

	return fault.New(fault.Invalid, "", "the body is not valid JSON")
}
