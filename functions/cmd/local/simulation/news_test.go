package simulation

import (
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	simkaleyra "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// Word is what a provider tells of an app or a template.
type Word string

// The news.
const (
	TemplatePaused   Word = "the template is paused"
	TemplateRejected Word = "the template is rejected"
	TemplateDisabled Word = "the template is disabled"
	TemplateApproved Word = "the template is approved"

	// TemplateAnnounced is only said: the template stays what it is. TemplateUtility ends TemplateMarketing.
	TemplateAnnounced Word = "it is announced that the template will be marketing"
	TemplateMarketing Word = "the template is marketing"
	TemplateUtility   Word = "the template is utility again"

	AccountDisabled   Word = "the account is disabled"
	AccountOffboarded Word = "the number has moved away"
	AppUninstalled    Word = "our app is uninstalled"
	// AccountEnabled, NumberBack and AppInstalled end the three before.
	AccountEnabled Word = "the account is enabled"
	NumberBack     Word = "the number is back"
	AppInstalled   Word = "our app is installed"
)

// holds reports whether nothing can be sent after the news.
func (n Word) holds() bool {
	switch n {
	case TemplateApproved, TemplateUtility, TemplateAnnounced, AccountEnabled, NumberBack, AppInstalled:
		return false
	default:
		return true
	}
}

// ofTemplate reports whether the news are of a template, and not of the whole app.
func (n Word) ofTemplate() bool {
	return n == TemplatePaused || n == TemplateRejected || n == TemplateDisabled || n == TemplateApproved || n.ofCategory()
}

// ofCategory reports whether the news are of a template's category.
func (n Word) ofCategory() bool {
	return n == TemplateAnnounced || n == TemplateMarketing || n == TemplateUtility
}

// status is that of the template after the news.
func (n Word) status() string {
	switch n {
	case TemplatePaused:
		return "PAUSED"
	case TemplateRejected:
		return "REJECTED"
	case TemplateDisabled:
		return "DISABLED"
	default:
		return "APPROVED"
	}
}

// accountUpdate is how Meta tells news of the whole account.
func (n Word) accountUpdate() map[string]any {
	switch n {
	case AccountDisabled:
		return map[string]any{"event": "DISABLED_UPDATE", "ban_info": map[string]any{"waba_ban_state": "DISABLE"}}
	case AccountEnabled:
		return map[string]any{"event": "DISABLED_UPDATE", "ban_info": map[string]any{"waba_ban_state": "REINSTATE"}}
	case AccountOffboarded:
		return map[string]any{"event": "ACCOUNT_OFFBOARDED"}
	case NumberBack:
		return map[string]any{"event": "ACCOUNT_RECONNECTED"}
	case AppUninstalled:
		return map[string]any{"event": "PARTNER_APP_UNINSTALLED"}
	default:
		return map[string]any{"event": "PARTNER_APP_INSTALLED"}
	}
}

// news has a provider tell something of an app or a template, and be so from then on.
func (w *World) news(s Step) {
	w.note("%s: %s of app %d: %s", s.name(), s.Event, s.App, s.News)

	kind := ""
	if s.News.ofTemplate() {
		kind = s.Event
	}

	if s.News != TemplateAnnounced { // which changes nothing
		w.oracle.tells(s, kind)
	}

	var err error
	switch {
	case s.News.ofCategory():
		err = w.tellOfCategory(s)
	case kind != "":
		err = w.tellOfTemplate(s)
	default:
		err = w.tellOfAccount(s)
	}

	if err != nil {
		w.oracle.find("%s: the simulation cannot tell news: %v", s.name(), err)
	}

	w.collectOf(s.name())
}

// tellOfTemplate changes the status of a template at its provider, which tells it.
func (w *World) tellOfTemplate(s Step) error {
	v, id, status := w.vendor(s.App), w.templateOf(s.App, s.Event), s.News.status()

	switch w.plan.Apps[s.App].Provider {
	case gupshup.Name:
		return w.sim.Gupshup().SetTemplateStatus(v.simulated, id, status, "low quality")
	case meta.Name:
		return w.sim.Meta().SetTemplateStatus(v.simulated, id, status, "low quality")
	case kaleyra.Name:
		word := map[string]string{"PAUSED": "Paused", "REJECTED": "Rejected", "DISABLED": "Disabled", "APPROVED": "Approved"}[status]
		return w.sim.Kaleyra().SetTemplateStatus(v.simulated, kinds[kindNumber(s.Event)].template(), "en", word, "low quality")
	default:
		return nil
	}
}

// tellOfCategory has a template be in another category at its provider, or to be in it soon, which the provider tells.
func (w *World) tellOfCategory(s Step) error {
	v, id := w.vendor(s.App), w.templateOf(s.App, s.Event)
	onMeta := w.plan.Apps[s.App].Provider == meta.Name

	if s.News == TemplateAnnounced {
		if onMeta {
			return w.sim.Meta().AnnounceCategory(v.simulated, id, "MARKETING")
		}

		return w.sim.Gupshup().AnnounceCategory(v.simulated, id, "MARKETING")
	}

	category := "UTILITY"
	if s.News == TemplateMarketing {
		category = "MARKETING"
	}

	w.categories.Store(subjectOf(s.App, s.Event), category)

	if onMeta {
		return w.sim.Meta().SetTemplateCategory(v.simulated, id, category)
	}

	return w.sim.Gupshup().SetTemplateCategory(v.simulated, id, category)
}

// categoryOf returns the category that a template is in.
func (w *World) categoryOf(app int, kind string) string {
	if category, ok := w.categories.Load(subjectOf(app, kind)); ok {
		return category.(string)
	}

	return "UTILITY"
}

// tellOfAccount has an account stop or begin to work at its provider, which tells it.
func (w *World) tellOfAccount(s Step) error {
	v, a := w.vendor(s.App), w.plan.Apps[s.App]

	w.sim.Faults().Remove(v.simulated)

	// Meta shows what the number may do. The others have nothing but the key that a check would notice.
	if s.News.holds() && a.Provider != meta.Name {
		if _, err := w.sim.Faults().Add(chaos.Fault{
			ID: v.simulated, System: a.Provider, AppID: v.simulated, Mode: chaos.WrongCredentials,
		}); err != nil {
			return err
		}
	}

	switch a.Provider {
	case gupshup.Name:
		word := "ACCOUNT_VERIFIED"
		if s.News.holds() {
			word = "ACCOUNT_DISABLE"
		}

		return w.sim.Gupshup().EmitAccount(v.simulated, word)
	case meta.Name:
		can := "AVAILABLE"
		if s.News.holds() {
			can = "BLOCKED"
		}
		if err := w.sim.Meta().SetHealth(v.simulated, "CONNECTED", can); err != nil {
			return err
		}

		return w.sim.Meta().EmitField(v.simulated, "account_update", s.News.accountUpdate())
	default:
		return nil
	}
}

// pauseTemplate has a template be paused at its provider for a time, of which the provider tells nothing.
func (w *World) pauseTemplate(app int, kind string, d time.Duration) {
	w.oracle.pauses(app, kind, true)
	w.putTemplate(app, kind, "PAUSED")

	w.busy.add()
	w.running.Go(func() {
		defer w.busy.done()

		time.Sleep(d)

		if w.oracle.pauses(app, kind, false) {
			w.putTemplate(app, kind, "APPROVED")
		}
	})
}

// putTemplate changes the status of a template at its provider, which tells nobody.
func (w *World) putTemplate(app int, kind, status string) {
	w.note("the template of %s is %s at app %d", kind, status, app)

	v, id, name := w.vendor(app), w.templateOf(app, kind), kinds[kindNumber(kind)].template()

	var err error
	switch w.plan.Apps[app].Provider {
	case gupshup.Name:
		t := simgupshup.NewTemplate(id, name, simgupshup.Container{Data: templateBody})
		t.Status, t.Category = status, w.categoryOf(app, kind)
		err = w.sim.Gupshup().PutTemplate(v.simulated, t)
	case meta.Name:
		t := simmeta.NewTemplate(id, name, "en", simmeta.Content{Body: templateBody})
		t.Status, t.Category = status, w.categoryOf(app, kind)
		err = w.sim.Meta().PutTemplate(v.simulated, t)
	case kaleyra.Name:
		t := simkaleyra.NewTemplate(id, name, simkaleyra.Content{Body: templateBody})
		t.Status = status
		err = w.sim.Kaleyra().PutTemplate(v.simulated, t)
	}
	if err != nil {
		w.oracle.find("the simulation cannot change a template: %v", err)
	}
}

// tellsNews reports whether the app's provider tells news of its apps and templates.
func (a App) tellsNews() bool { return a.reports() && a.Provider != businessonbot.Name }

// forgeable reports whether anybody could have made the app's callbacks, so that its provider is asked before they count.
func (a App) forgeable() bool { return a.Provider == gupshup.Name }

// subjectOf names an app, or one of its templates.
func subjectOf(app int, kind string) string {
	if kind == "" {
		return fmt.Sprintf("app %d", app)
	}
	return fmt.Sprintf("the template of %s at app %d", kind, app)
}
