package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestPlantedAnswersAreFound plants functions that do not answer as they should. One of the first seeds finds each.
func TestPlantedAnswersAreFound(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*machine)
		want  string
	}{
		{"webhook refuses everything", webhookAnswers(http.StatusUnauthorized, func([]byte) bool { return true }), "webhook answers 401"},
		{"webhook never takes anything", webhookAnswers(http.StatusUnauthorized, func([]byte) bool { return true }), fmt.Sprintf("is not taken in %d posts", callbackTries)},
		{"webhook fails over STOP", webhookAnswers(http.StatusInternalServerError, says(stops)), "webhook answers 500"},
		{"webhook fails over delivered", webhookAnswers(http.StatusInternalServerError, func(body []byte) bool {
			return bytes.Contains(bytes.ToLower(body), []byte(`"delivered"`))
		}), "webhook answers 500"},
		{"the portal's GET fails", portalShows(http.StatusInternalServerError, ""), "the portal's GET is answered 500"},
		{"the portal's GET has no key", portalShows(http.StatusOK, "isWhatsAppEnabledForNotifications"), "the portal shows no key"},
		{"sweep works and fails", sweepAnswers(http.StatusInternalServerError, true), "is answered 500, heard true"},
		{"sweep does nothing", sweepAnswers(http.StatusNoContent, false), "the world does not rest"},
		{"notify logs its pushes", loggingNotify, "a log tells the name of a shopper"},
		{"receive refuses each push 30 times", refusingReceive(30), "ends badly, and nothing struck it"},
	}

	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(10) {
				r := runPlanted(t, Draw(seed+1), tc.plant)
				if strings.Contains(together(r.Findings), tc.want) {
					t.Logf("seed %d", seed+1)
					return
				}
			}

			t.Errorf("no seed has found %q", tc.want)
		})
	}
}

// instead answers a request with a status and nothing else where it is of some kind; right takes all others.
func instead(code int, right http.Handler, of func(body []byte) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err) // it is in memory
		}

		if of(body) {
			w.WriteHeader(code)
			return
		}

		r.Body = io.NopCloser(bytes.NewReader(body))
		right.ServeHTTP(w, r)
	})
}

// webhookAnswers has webhook answer some callbacks with a status.
func webhookAnswers(code int, of func([]byte) bool) func(*machine) {
	return func(m *machine) {
		m.Webhook = instead(code, m.Webhook, func(body []byte) bool { return bytes.Contains(body, []byte("{")) && of(body) })
	}
}

// says reports whether a body has a word of a meaning.
func says(what meaning) func([]byte) bool {
	return func(body []byte) bool {
		for word, means := range vocabulary {
			if means == what && bytes.Contains(body, []byte(quoted(word))) {
				return true
			}
		}

		return false
	}
}

// portalShows has the portal answer each GET with a status, without a key of what it shows.
func portalShows(code int, without string) func(*machine) {
	return func(m *machine) {
		right := m.Subscribe
		m.Subscribe = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				right.ServeHTTP(w, r)
				return
			}

			rec := httptest.NewRecorder()
			right.ServeHTTP(rec, r)

			body := rec.Body.Bytes()
			if without != "" {
				body = bytes.ReplaceAll(body, []byte(without), []byte("nothing"))
			}

			w.WriteHeader(code)
			_, _ = w.Write(body) // into memory
		})
	}
}

// loggingNotify has notify log each event that it is pushed.
func loggingNotify(m *machine) {
	right := m.Notify
	m.Notify = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err) // it is in memory
		}

		var push struct {
			Message struct {
				Data []byte `json:"data"`
			} `json:"message"`
		}
		if json.Unmarshal(body, &push) == nil {
			_, _ = m.world.logs.Write(push.Message.Data) // into memory
		}

		r.Body = io.NopCloser(bytes.NewReader(body))
		right.ServeHTTP(w, r)
	})
}

// sweepAnswers has sweep answer with a status, whether or not it works.
func sweepAnswers(code int, works bool) func(*machine) {
	return func(m *machine) {
		right := m.Sweep
		m.Sweep = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if works {
				right.ServeHTTP(httptest.NewRecorder(), r)
			}

			w.WriteHeader(code)
		})
	}
}

// refusingReceive has each machine's receive refuse each push so many times.
func refusingReceive(times int) func(*machine) {
	return func(m *machine) {
		var mu sync.Mutex

		refused := map[string]int{}
		m.Receive = instead(http.StatusInternalServerError, m.Receive, func(push []byte) bool {
			mu.Lock()
			defer mu.Unlock()

			_, id, _ := bytes.Cut(push, []byte(`"messageId":`))
			key := fmt.Sprintf("%.20s", id)
			refused[key]++

			return refused[key] <= times
		})
	}
}
