package gupshup

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// templateV2 reads a template-event. The older form has no type and is always about the status.
func templateV2(at int64, payload json.RawMessage) *provider.Event {
	var p struct {
		ID          text `json:"id"`
		Type        text `json:"type"`
		Status      text `json:"status"`
		Name        text `json:"elementName"`
		Language    text `json:"languageCode"`
		Rejected    text `json:"rejectedReason"`
		Description text `json:"description"`
		Quality     text `json:"quality"`
		Category    struct {
			Correct text `json:"correct"`
			New     text `json:"new"`
		} `json:"category"`
	}
	if lenient.Decode(payload, &p) != nil || p.ID == "" {
		return nil
	}

	t := provider.TemplateEvent{
		ID:       string(p.ID),
		Name:     string(p.Name),
		Language: string(p.Language),
		Reason:   string(cmp.Or(p.Rejected, p.Description)),
	}
	switch {
	case (p.Type == "" || p.Type == "status-update") && p.Status != "":
		t.Change, t.Status = "status", p.Status.Upper()
	case p.Type == "category-update" && p.Category.New != "":
		t.Change, t.Value = "category", p.Category.New.Upper()
	case p.Type == "category-update" && p.Category.Correct != "":
		t.Change, t.Value = "category_alert", p.Category.Correct.Upper()
	case p.Type == "quality-update":
		t.Change, t.Value = "quality", p.Quality.Upper()
	default:
		return nil
	}

	return &provider.Event{Kind: provider.KindTemplate, At: at, Template: &t}
}

// accountWords are Gupshup's own values that stop or allow sending. Meta's count as well, and all others only inform.
var accountWords = map[string]struct{ blocked, restored bool }{
	"ACCOUNT_DISABLE":    {blocked: true},
	"ACCOUNT_RESTRICTED": {blocked: true},
	"ACCOUNT_VERIFIED":   {restored: true},
	"LIVE":               {restored: true},
}

// accountState is where an account-event may name the news: it differs by the event's type.
type accountState struct {
	Status text `json:"status"`
	Event  text `json:"event"`
	Limit  text `json:"currentLimit"`
}

// accountV2 reads account-events and the news of an app that goes live. What has changed is the payload's type, or
// the envelope's where the payload has none.
func accountV2(at int64, kind string, payload json.RawMessage) *provider.Event {
	var p struct {
		Type text `json:"type"`
		accountState
		Payload accountState `json:"payload"`
	}
	if lenient.Decode(payload, &p) != nil {
		return nil
	}

	value := string(cmp.Or(p.Status, p.Payload.Status, p.Event, p.Payload.Event, p.Limit, p.Payload.Limit))

	effect, own := accountWords[strings.ToUpper(value)]
	if !own {
		effect.blocked, effect.restored = cloudapi.AccountEffect(value)
	}

	return &provider.Event{Kind: provider.KindAccount, At: at, Account: &provider.AccountEvent{
		Change:   string(cmp.Or(p.Type, text(kind))),
		Value:    value,
		Quality:  cloudapi.QualityOf(string(cmp.Or(p.Event, p.Payload.Event))),
		Limit:    cmp.Or(p.Limit, p.Payload.Limit).Upper(),
		Blocked:  effect.blocked,
		Restored: effect.restored,
	}}
}
