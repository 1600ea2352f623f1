package kaleyra

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// broadcast posts a notice to the app's receiver now. Call with mu held.
func (s *Server) broadcast(a *app, kind string, body []byte) {
	s.emit(a, &notice{kind: kind, body: body}, a.Behaviour.AtOnce())
}

// SetTemplateStatus changes a template's status and tells the receiver in the words of the callback: Approved, Rejected,
// Paused, Disabled (shared/provider/kaleyra/CONTRACT.md section 5.4).
func (s *Server) SetTemplateStatus(appID, name, language, status, reason string) error {
	return s.Change(appID, func(a *app) error {
		old := a.template(name, language)
		if old == nil {
			return tenant.ErrUnknownTemplate
		}

		// Messages on their way keep the template they were sent with.
		changed := old.Template
		changed.Status = strings.ToUpper(status)
		if err := a.put(changed); err != nil {
			return err
		}

		s.broadcast(a, "template", a.fillIn(map[string]string{
			"time": strconv.FormatInt(s.cfg.Clock.Now().Unix(), 10), "event": status, "message_template_id": old.ID,
			"message_template_name": name, "message_template_language": language, "reason": reason,
		}))

		return nil
	})
}

// TemplateName returns the name and the language of the template with an id.
func (s *Server) TemplateName(appID, templateID string) (name, language string, err error) {
	err = s.Change(appID, func(a *app) error {
		for _, t := range a.templates {
			if t.ID == templateID {
				name, language = t.Name, t.Language
				return nil
			}
		}

		return tenant.ErrUnknownTemplate
	})

	return name, language, err
}

// ChangeTemplate changes a template without a word to the receiver, as Kaleyra does of a new text and another category
// (shared/provider/kaleyra/CONTRACT.md section 5.4).
func (s *Server) ChangeTemplate(appID, name, language string, change func(*Template)) error {
	return s.Change(appID, func(a *app) error {
		old := a.template(name, language)
		if old == nil {
			return tenant.ErrUnknownTemplate
		}

		changed := old.Template
		change(&changed)

		return a.put(changed)
	})
}

// EmitRaw posts a body as it is: unknown events, broken JSON, whatever a test needs.
func (s *Server) EmitRaw(appID string, body []byte) error {
	return s.Change(appID, func(a *app) error {
		s.broadcast(a, "other", body)
		return nil
	})
}

// errNoGet means that a callback by GET cannot be made.
var errNoGet = errors.New("the app has no receiver")

// EmitQuality reports to the receiver at once that the number's quality has changed: by GET, with the news in the query
// (shared/provider/kaleyra/CONTRACT.md section 5.4). event is FLAGGED and the like, limit TIER_10K and the like. It returns the receiver's status.
func (s *Server) EmitQuality(ctx context.Context, appID, event, limit string) (int, error) {
	var target string
	var header http.Header
	err := s.Change(appID, func(a *app) error {
		if a.Callback.URL == "" {
			return errNoGet
		}

		header = a.Callback.Header.Clone()
		target = a.Callback.URL + "?" + url.Values{
			"display_phone_number": {a.Number}, "event": {event}, "current_limit": {limit},
		}.Encode()

		return nil
	})
	if err != nil {
		return 0, err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return 0, errors.New("callback receiver has no valid address")
	}

	for name, values := range header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}

	resp, err := s.cfg.Client.Do(req)
	if err != nil {
		// The client's error holds the receiver's address, which holds its token.
		return 0, errors.New("callback receiver did not answer")
	}

	return resp.StatusCode, resp.Body.Close()
}
