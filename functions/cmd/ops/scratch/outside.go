package scratch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// errNobody is why a call fails that is no message to a provider.
var errNobody = errors.New("scratch: nobody outside is asked")

// providers stand for all providers: they take every message, and answer nothing else. They are the transport of every call that would leave
// the process.
type providers struct {
	// noOrders has the order platform answer that there is no such order; else it gives no answer.
	noOrders bool

	mu   sync.Mutex
	sent []string
	ids  int
}

// accepted returns what a provider answers that takes a message, with the id that it gives it; empty for what is no provider.
func accepted(name, id string) string {
	switch name {
	case gupshup.Name:
		return fmt.Sprintf(`{"status":"submitted","messageId":%q}`, id)
	case meta.Name:
		return fmt.Sprintf(`{"messaging_product":"whatsapp","messages":[{"id":%q}]}`, id)
	case kaleyra.Name:
		return fmt.Sprintf(`{"code":"WA200","data":{"message_id":%q}}`, id)
	case businessonbot.Name:
		return `{"status":"success","statusCode":200}`
	default:
		return ""
	}
}

// RoundTrip is part of [http.RoundTripper]. It opens no connection.
func (p *providers) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }() // nobody reads it
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	name, ours := strings.CutSuffix(req.URL.Hostname(), nowhere)

	if p.noOrders && ours && name == platform && req.Method == http.MethodGet {
		return answer(req, http.StatusNotFound, `{}`), nil
	}

	body := accepted(name, fmt.Sprint("scratch-", p.ids+1))
	if !ours || body == "" || req.Method != http.MethodPost {
		return nil, errNobody
	}

	p.ids++
	p.sent = append(p.sent, name)

	return answer(req, http.StatusOK, body), nil
}

func answer(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
		Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)),
	}
}

// take returns the providers that got messages since it was last called.
func (p *providers) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()

	sent := p.sent
	p.sent = nil

	return sent
}

// published is what would have been published.
type published struct {
	mu     sync.Mutex
	topics []string
	ids    int
}

// note takes the messages of a request, and returns their ids.
func (p *published) note(r *pubsubpb.PublishRequest) []string {
	p.mu.Lock()
	defer p.mu.Unlock()

	ids := make([]string, len(r.GetMessages()))
	for i := range ids {
		p.ids++
		ids[i] = fmt.Sprint(p.ids)
		p.topics = append(p.topics, path.Base(r.GetTopic()))
	}

	return ids
}

// take returns the topics of what was published since it was last called.
func (p *published) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()

	topics := p.topics
	p.topics = nil

	return topics
}

// invented stands for every credential.
const invented = "scratch"

// answers are the interceptors that stand for Pub/Sub, which takes everything and keeps nothing, and for Secret Manager, which has the
// product's own keys and an invented value of everything else.
func (s *Scratch) answers(own map[string]config.Secret) []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(
		func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			switch r := req.(type) {
			case *pubsubpb.PublishRequest:
				if out, ok := reply.(*pubsubpb.PublishResponse); ok {
					out.MessageIds = s.published.note(r)
					return nil
				}
			case *secretmanagerpb.AccessSecretVersionRequest:
				if out, ok := reply.(*secretmanagerpb.AccessSecretVersionResponse); ok {
					out.Name, out.Payload = r.GetName(), &secretmanagerpb.SecretPayload{Data: []byte(valueOf(own, r.GetName()))}
					return nil
				}
			}

			return call(ctx, method, req, reply, conn, opts...)
		},
	)}
}

// valueOf returns the value of a secret's version.
func valueOf(own map[string]config.Secret, version string) string {
	for name, secret := range own {
		if name == version || strings.Contains(version, "/secrets/"+name+"/") {
			return secret.Reveal()
		}
	}

	return invented
}
