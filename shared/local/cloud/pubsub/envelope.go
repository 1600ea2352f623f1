package pubsub

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// target is where and how a subscription pushes.
type target struct {
	url      *url.URL
	header   http.Header // of every push, but for the token; shared, since a transport may not change it
	raw      bool        // no_wrapper: the data alone
	metadata bool        // with raw: ids and attributes as headers

	// serviceAccount, unless empty, is whose token for the audience a push carries; newest is the last one that was used.
	serviceAccount, audience string
	newest                   atomic.Pointer[signed]
}

// signed is a header with a token.
type signed struct {
	token  string
	header http.Header
}

// newTarget reads a checked push configuration; nil for a pull subscription.
func newTarget(p *pb.PushConfig) *target {
	u, err := url.Parse(p.GetPushEndpoint())
	if err != nil || p.GetPushEndpoint() == "" {
		return nil
	}

	o := p.GetOidcToken()
	t := &target{
		url:            u,
		header:         http.Header{"User-Agent": {"CloudPubSub-Google"}},
		serviceAccount: o.GetServiceAccountEmail(),
		audience:       cmp.Or(o.GetAudience(), p.GetPushEndpoint()), // as with the real service, an empty audience is the endpoint
	}
	if w := p.GetNoWrapper(); w != nil {
		t.raw, t.metadata = true, w.GetWriteMetadata()
	} else {
		t.header.Set("Content-Type", "application/json")
	}

	return t
}

// headerWith returns the header of a push, with a token of sign's where the subscription wants one.
func (t *target) headerWith(sign func(serviceAccount, audience string) string) http.Header {
	if t.serviceAccount == "" || sign == nil {
		return t.header
	}

	token := sign(t.serviceAccount, t.audience)
	if s := t.newest.Load(); s != nil && s.token == token {
		return s.header
	}

	s := &signed{token, t.header.Clone()}
	s.header.Set("Authorization", "Bearer "+token)
	t.newest.Store(s)

	return s.header
}

// request makes the push of m, with a header of headerWith; attempt 0 leaves deliveryAttempt out.
func (t *target) request(header http.Header, sub string, m *pb.PubsubMessage, attempt int32) *http.Request {
	buf := getBuffer()
	if t.raw {
		*buf = append(*buf, m.GetData()...)
		if t.metadata {
			header = metadataHeader(header, sub, m, attempt)
		}
	} else {
		*buf = appendEnvelope(*buf, sub, m, attempt)
	}

	r := &http.Request{
		Method:        http.MethodPost,
		URL:           t.url,
		Host:          t.url.Host,
		Header:        header,
		ContentLength: int64(len(*buf)),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Body:          http.NoBody,
	}

	if len(*buf) > 0 {
		b := &pooledBody{buf: buf}
		b.Reset(*buf)
		r.Body = b
	}

	return r.WithContext(context.Background())
}

// metadataHeader adds to a header what an unwrapped push with write_metadata has.
func metadataHeader(header http.Header, sub string, m *pb.PubsubMessage, attempt int32) http.Header {
	h := header.Clone()
	for k, v := range m.GetAttributes() {
		h.Set(k, v)
	}

	h.Set("X-Goog-Pubsub-Subscription-Name", sub)
	h.Set("X-Goog-Pubsub-Message-Id", m.GetMessageId())
	h.Set("X-Goog-Pubsub-Publish-Time", publishTime(m))
	if m.GetOrderingKey() != "" {
		h.Set("X-Goog-Pubsub-Ordering-Key", m.GetOrderingKey())
	}

	if attempt > 0 {
		h.Set("X-Goog-Pubsub-Delivery-Attempt", strconv.Itoa(int(attempt)))
	}

	return h
}

// appendEnvelope appends the JSON of a wrapped push. The ids come in both spellings, as from the real service; empty
// fields are left out.
func appendEnvelope(b []byte, sub string, m *pb.PubsubMessage, attempt int32) []byte {
	b = append(b, `{"message":{`...)
	if attrs := m.GetAttributes(); len(attrs) > 0 {
		b = append(b, `"attributes":{`...)
		for i, k := range slices.Sorted(maps.Keys(attrs)) {
			if i > 0 {
				b = append(b, ',')
			}

			b = append(appendJSON(b, k), ':')
			b = appendJSON(b, attrs[k])
		}

		b = append(b, `},`...)
	}

	if len(m.GetData()) > 0 {
		b = append(b, `"data":"`...)
		b = base64.StdEncoding.AppendEncode(b, m.GetData())
		b = append(b, `",`...)
	}

	if m.GetOrderingKey() != "" {
		b = append(b, `"orderingKey":`...)
		b = append(appendJSON(b, m.GetOrderingKey()), ',')
	}

	b = append(b, `"messageId":"`...)
	b = append(b, m.GetMessageId()...)
	b = append(b, `","message_id":"`...)
	b = append(b, m.GetMessageId()...)
	at := publishTime(m)

	b = append(b, `","publishTime":"`...)
	b = append(b, at...)
	b = append(b, `","publish_time":"`...)
	b = append(b, at...)
	b = append(b, `"},"subscription":`...)
	b = appendJSON(b, sub)
	if attempt > 0 {
		b = append(b, `,"deliveryAttempt":`...)
		b = strconv.AppendInt(b, int64(attempt), 10)
	}

	return append(b, '}')
}

// appendJSON appends s as a JSON string.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			out, err := json.Marshal(s)
			if err != nil { // a string always marshals
				return append(b, `""`...)
			}
			return append(b, out...)
		}
	}

	b = append(b, '"')
	b = append(b, s...)

	return append(b, '"')
}

// publishTime is RFC 3339 in UTC, to the millisecond.
func publishTime(m *pb.PubsubMessage) string {
	return m.GetPublishTime().AsTime().Format("2006-01-02T15:04:05.999Z07:00")
}

// pooledBody gives its buffer back when the transport closes it, which may be after the answer.
type pooledBody struct {
	bytes.Reader

	buf    *[]byte
	closed atomic.Bool
}

// Close is part of [io.ReadCloser].
func (p *pooledBody) Close() error {
	if !p.closed.Swap(true) {
		p.Reset(nil)
		putBuffer(p.buf)
	}
	return nil
}

var _ io.ReadCloser = (*pooledBody)(nil)
