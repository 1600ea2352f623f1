package conformance

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// types are content types that an answer may come with, whatever it holds.
var types = []string{"application/json", "application/json; charset=utf-8", "text/html", "text/plain", "x", ""}

func typed(contentType string) http.Header { return http.Header{"Content-Type": {contentType}} }

func (s Suite) accepted(t *testing.T) {
	t.Parallel()

	sender := s.sender(t)
	for _, c := range s.Accepted {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()

			for _, kind := range types {
				got, err := sender.ReadReceipt(c.Status, typed(kind), []byte(c.Body))
				if err != nil || got.ID != c.ID {
					t.Errorf("content type %q: got %q, %v, want %q", kind, got.ID, err, c.ID)
				}
			}

			whole := strings.TrimSpace(c.Body)
			for cut := range len(whole) {
				got, err := sender.ReadReceipt(c.Status, typed("application/json"), []byte(whole[:cut]))
				if class := provider.ClassOf(err); err == nil || class != message.ClassUnknown {
					t.Fatalf("cut after %d bytes: got %q, %v, want %s", cut, got.ID, err, message.ClassUnknown)
				}
			}
		})
	}
}

func (s Suite) refused(t *testing.T) {
	t.Parallel()

	sender := s.sender(t)
	for _, c := range s.Refused {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()

			for _, kind := range types {
				header := c.Header.Clone()
				if header == nil {
					header = http.Header{}
				}

				header.Set("Content-Type", kind)
				_, err := sender.ReadReceipt(c.Status, header, []byte(c.Body))
				want := c.Want
				want.HTTPStatus = c.Status
				got, ok := errors.AsType[*provider.SendError](err)
				if !ok {
					t.Fatalf("content type %q: got %v, want a *SendError", kind, err)
				}
				if diff := cmp.Diff(want, *got); diff != "" {
					t.Errorf("content type %q (-want +got):\n%s", kind, diff)
				}
			}
		})
	}
}

// statuses tries every status with every sort of body. What each must mean is written here by hand, not taken from
// provider's own rules.
func (s Suite) statuses(t *testing.T) {
	t.Parallel()
	sender := s.sender(t)
	own := s.OwnError("something went wrong")

	bodies := []struct {
		name string
		own  bool
		body []byte
	}{
		{"own_error", true, own},
		{"html", false, []byte("<html><body><h1>502 Bad Gateway</h1></body></html>")},
		{"empty", false, nil},
		{"cut_json", false, own[:len(own)/2]},
		{"other_json", false, []byte(`{"upstream":"gone","trace":[1,2]}`)},
		{"not_an_object", false, []byte(`["error"]`)},
	}
	for _, b := range bodies {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()

			for status := 100; status <= 599; status++ {
				receipt, err := sender.ReadReceipt(status, http.Header{}, b.body)
				if problem := judge(status, b.own, receipt, err); problem != nil {
					t.Error(problem)
				}
			}
		})
	}
}

func judge(status int, own bool, receipt provider.Receipt, err error) error {
	got, ok := errors.AsType[*provider.SendError](err)
	switch {
	case err == nil:
		return fmt.Errorf("HTTP %d: got receipt %q, want an error", status, receipt.ID)
	case !ok:
		return fmt.Errorf("HTTP %d: got %T, want a *SendError", status, err)
	case receipt.ID != "":
		return fmt.Errorf("HTTP %d: got receipt %q beside the error", status, receipt.ID)
	case got.HTTPStatus != status:
		return fmt.Errorf("HTTP %d: error says %d", status, got.HTTPStatus)
	case got.Class != wantClass(status, own):
		return fmt.Errorf("HTTP %d: got %s, want %s", status, got.Class, wantClass(status, own))
	}

	return nil
}

// wantClass is what a status means when the provider names no code: refused for sure only where nobody but the provider
// can have spoken, or where no one can have taken the message.
func wantClass(status int, own bool) message.Class {
	switch {
	case status == 429:
		return message.ClassThrottled
	case status == 401:
		return message.ClassAccount
	case !own:
		return message.ClassUnknown
	case status >= 200 && status <= 299:
		return message.ClassBadRequest
	case status == 403:
		return message.ClassAccount
	case status == 408, status == 502, status == 504:
		return message.ClassUnknown
	case status >= 500:
		return message.ClassTransient
	case status >= 400:
		return message.ClassBadRequest
	default:
		return message.ClassUnknown
	}
}

// codes tries every code as an answer, with success and failure statuses, and as a failed report.
func (s Suite) codes(t *testing.T) {
	t.Parallel()

	all := append([]message.Failure{provider.Unlisted.Coded("987654")}, s.Codes...)
	for _, c := range all {
		t.Run(c.Code, func(t *testing.T) {
			t.Parallel()
			if !classes[c.Class] {
				t.Errorf("class %q does not exist", c.Class)
			}
			if sender, ok := s.Provider.(provider.TemplateSender); ok && s.CodeAnswer != nil {
				s.codeAnswer(t, sender, c)
			}
			if source, ok := s.Provider.(provider.WebhookSource); ok && s.CodeWebhook != nil {
				s.codeReport(t, source, c)
			}
		})
	}
}

func (s Suite) codeAnswer(t *testing.T, sender provider.TemplateSender, c message.Failure) {
	t.Helper()

	for _, status := range []int{200, 202, 400} {
		_, err := sender.ReadReceipt(status, typed("application/json"), s.CodeAnswer(c.Code))
		want := &provider.SendError{Failure: c, HTTPStatus: status}
		if diff := cmp.Diff(error(want), err); diff != "" {
			t.Errorf("HTTP %d (-want +got):\n%s", status, diff)
		}
	}
}

func (s Suite) codeReport(t *testing.T, source provider.WebhookSource, c message.Failure) {
	t.Helper()

	events, err := source.ParseWebhook(provider.App{}, s.CodeWebhook(c.Code))
	if err != nil || len(events) != 1 || events[0].Status == nil {
		t.Fatalf("report: got %v, %v, want one status", events, err)
	}

	got := events[0].Status
	if diff := cmp.Diff(c, got.Failure); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// CheckReceipt is what fuzzing checks of every answer: only a 2xx gives a receipt, and what gives none an error of a send.
func CheckReceipt(tb testing.TB, status int, receipt provider.Receipt, err error) {
	tb.Helper()
	if err == nil {
		if receipt.ID == "" || status < 200 || status > 299 {
			tb.Errorf("HTTP %d: got receipt %q", status, receipt.ID)
		}
		return
	}
	if _, ok := errors.AsType[*provider.SendError](err); !ok || receipt.ID != "" {
		tb.Errorf("got %T and receipt %q", err, receipt.ID)
	}
}
