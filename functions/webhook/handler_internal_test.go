package webhook

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// ids is a provider whose callbacks are lists of ids, each of a message that was sent.
type ids struct{}

func (ids) Verify(provider.App, http.Header, []byte) error { return nil }

func (ids) ParseWebhook(_ provider.App, body []byte) ([]provider.Event, error) {
	var named []string
	if err := json.Unmarshal(body, &named); err != nil {
		return nil, provider.ErrMalformed
	}
	events := make([]provider.Event, 0, len(named))
	for _, id := range named {
		events = append(events, provider.Event{Kind: provider.KindStatus, Status: &provider.StatusEvent{
			IDs: []string{id}, Status: message.StatusSent,
		}})
	}

	return events, nil
}

// TestSplit holds that whatever a callback says is published: event by event, and as it came what no parser reads. Whether an
// event is valid is for receive to judge.
func TestSplit(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body  string
		kinds []string
	}{
		"valid":          {`["a","b"]`, []string{"status", "status"}},
		"none":           {`[]`, nil},
		"not_understood": {`{"a":1}`, []string{"raw"}},
		"one_not_valid":  {`["a","` + strings.Repeat("x", 513) + `"]`, []string{"status", "status"}},
		"one_too_long":   {`["a","` + strings.Repeat("<", 600_000) + `"]`, []string{"raw"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &handler{deps{
				Clock:  clock.NewManual(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)),
				Logger: slog.New(slog.DiscardHandler),
			}}
			to := hook{
				source: ids{},
				app:    provider.App{ID: "app"},
				origin: provider.Origin{Provider: "ids", AppID: "app", AccountID: "7"},
			}

			messages, err := h.split(to, []byte(tc.body))
			if err != nil || len(messages) != len(tc.kinds) {
				t.Fatalf("got %d messages, %v, want %d", len(messages), err, len(tc.kinds))
			}
			for i, m := range messages {
				if got := m.Attributes[provider.AttributeKind]; got != tc.kinds[i] {
					t.Errorf("message %d: got kind %s, want %s", i, got, tc.kinds[i])
				}
				if m.Attributes[provider.AttributeApp] != "app" || m.Attributes[provider.AttributeAccount] != "7" {
					t.Errorf("message %d: got attributes %v", i, m.Attributes)
				}
				if tc.kinds[i] == "raw" && !bytes.Equal(m.Data, []byte(tc.body)) {
					t.Errorf("got %s, want the body as it came", m.Data)
				}
			}
		})
	}
}

// TestTokenReachesNoLogOfAPanic has the handler panic on its way: the line with the stack shows no token.
func TestTokenReachesNoLogOfAPanic(t *testing.T) {
	t.Parallel()

	const token = "QZMARKEDTOKENOFAPANICCCCCC"
	var logs bytes.Buffer
	h := newHandler(deps{ // without providers
		Clock:  clock.NewManual(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)),
		Logger: slog.New(slog.NewJSONHandler(&logs, nil)),
	})

	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/gupshup/"+token, strings.NewReader("{}")))

	line := logs.String()
	if rec.Code != http.StatusInternalServerError || !strings.Contains(line, "panic: ") || !strings.Contains(line, `"stack"`) {
		t.Fatalf("got %d, log %s; want a panic", rec.Code, line)
	}
	if strings.Contains(line, "QZMARKED") || strings.Contains(rec.Body.String(), "QZMARKED") {
		t.Errorf("got %s, log %s; want no token", rec.Body, line)
	}
}
