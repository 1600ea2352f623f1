package workspace

import (
	"maps"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// appBody is an app of an account as it is answered. It has no credential.
type appBody struct {
	AppID       string            `json:"appId"`
	Provider    string            `json:"provider"`
	Ownership   message.Ownership `json:"ownership"`
	Name        string            `json:"name"`
	Number      string            `json:"number"`
	ProviderIDs map[string]string `json:"providerIds"`
	// CredentialLast4 is empty of the platform's app, and of a credential too short to show.
	CredentialLast4 string `json:"credentialLast4"`
	CredentialAt    string `json:"credentialAt,omitempty"`
	WebhookAt       string `json:"webhookAt,omitempty"`
	// SigningSecretAt is absent unless the secret was replaced.
	SigningSecretAt string     `json:"signingSecretAt,omitempty"`
	InstalledAt     string     `json:"installedAt,omitempty"`
	Sender          bool       `json:"sender"`
	Health          healthBody `json:"health"`
}

// healthBody is how an app does.
type healthBody struct {
	State        account.State `json:"state"`
	Text         string        `json:"text"`
	Reason       message.Cause `json:"reason,omitempty"`
	Since        string        `json:"since,omitempty"`
	CheckedAt    string        `json:"checkedAt,omitempty"`
	LastReportAt string        `json:"lastReportAt,omitempty"`
	Quality      string        `json:"quality,omitempty"`
	Limit        string        `json:"limit,omitempty"`
	Currency     string        `json:"currency,omitempty"`
}

func appOf(d settings.AppDetail) appBody {
	body := appBody{
		AppID:           d.ID,
		Provider:        d.Provider,
		Ownership:       d.Ownership,
		Name:            d.Name,
		Number:          d.Number,
		ProviderIDs:     map[string]string{},
		CredentialLast4: d.Last4,
		CredentialAt:    momentOr(d.CredentialAt),
		WebhookAt:       momentOr(d.WebhookAt),
		SigningSecretAt: momentOr(d.SigningAt),
		InstalledAt:     momentOr(d.InstalledAt),
		Sender:          d.Sender,
		Health: healthBody{
			State:        d.Standing.State,
			Text:         d.Standing.Text,
			Reason:       d.Health.Reason,
			Since:        momentOr(d.Standing.Since),
			CheckedAt:    momentOr(d.Checked.At),
			LastReportAt: momentOr(d.Witness),
			Quality:      d.Checked.Quality,
			Limit:        d.Checked.Limit,
			Currency:     d.Checked.Currency,
		},
	}
	maps.Copy(body.ProviderIDs, d.ProviderIDs)

	return body
}

// momentOr returns a time as it is answered; empty if there is none.
func momentOr(t time.Time) string {
	if t.IsZero() {
		return ""
	}

	return moment(t)
}

// checkBody is what a provider said of an app.
type checkBody struct {
	State  provider.CheckState `json:"state"`
	Works  bool                `json:"works"`
	Detail string              `json:"detail"`
	// Signature is absent where callbacks are not signed, and of an app that does not work.
	Signature provider.Signature `json:"signature,omitempty"`
}

func checkOf(r provider.CheckResult) checkBody {
	return checkBody{r.State, r.Works(), r.Detail, r.Signature}
}

// webhookBody is the address of an app's webhook.
type webhookBody struct {
	URL        string `json:"url"`
	Subscribed bool   `json:"subscribed"`
	OldUntil   string `json:"oldUntil,omitempty"`
}

func webhookOf(w *settings.Webhook) *webhookBody {
	if w == nil {
		return nil
	}

	return &webhookBody{URL: w.URL, Subscribed: w.Subscribed, OldUntil: momentOr(w.OldUntil)}
}

// installBody is what is entered to connect an app.
type installBody struct {
	Ownership     message.Ownership `json:"ownership"`
	AppID         string            `json:"appId"`
	Name          string            `json:"name"`
	Provider      string            `json:"provider"`
	Number        string            `json:"number"`
	ProviderIDs   map[string]string `json:"providerIds"`
	Credential    config.Secret     `json:"credential"`
	SigningSecret config.Secret     `json:"signingSecret"`
}

func (b installBody) input() settings.AppInput {
	return settings.AppInput{
		Ownership: b.Ownership,
		AppID:     b.AppID,
		Name:      b.Name,
		ConnectionInput: settings.ConnectionInput{
			Provider:    b.Provider,
			Number:      b.Number,
			ProviderIDs: b.ProviderIDs,
			Credential:  b.Credential,
			Signing:     b.SigningSecret,
		},
	}
}

func (h *handler) listApps(c *call) error {
	all, a, err := h.Workspace.Apps(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	apps := make([]appBody, len(all))
	for i, d := range all {
		apps[i] = appOf(d)
	}

	answer := struct {
		Apps []appBody `json:"apps"`
		// InstallLink is there if no app is installed.
		InstallLink string `json:"installLink,omitempty"`
	}{Apps: apps}

	if len(apps) == 0 {
		answer.InstallLink = h.installLink(a.ID)
	}

	return c.answerAt(http.StatusOK, a.Version, answer)
}

func (h *handler) getApp(c *call) error {
	d, err := h.Workspace.App(c.r.Context(), c.caller, c.args["accountId"], c.args["appId"])
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, d.Version, appOf(d))
}

func (h *handler) installApp(c *call) error {
	var body installBody
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	in, err := h.Workspace.InstallApp(c.r.Context(), c.caller, c.args["accountId"], body.input(), seen)
	if err != nil {
		return err
	}

	answer := struct {
		App appBody `json:"app"`
		// Check is absent of the platform's app.
		Check   *checkBody   `json:"check,omitempty"`
		Webhook *webhookBody `json:"webhook"`
		Steps   []string     `json:"steps"`
	}{App: appOf(in.AppDetail), Webhook: webhookOf(in.Webhook), Steps: in.Steps}

	if in.Check.State != "" {
		said := checkOf(in.Check)
		answer.Check = &said
	}

	return c.answerAt(http.StatusCreated, in.Version, answer)
}

func (h *handler) renameApp(c *call) error {
	var body struct {
		Name string `json:"name" api:"required"`
	}
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	d, err := h.Workspace.RenameApp(c.r.Context(), c.caller, c.args["accountId"], c.args["appId"], body.Name, seen)
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, d.Version, appOf(d))
}

// verifiedBody is an app, a brand's own or the platform's, with what its provider said of it.
type verifiedBody[App appBody | platformAppBody] struct {
	App   App       `json:"app"`
	Check checkBody `json:"check"`
}

// calledBackBody is an app with the new address of its webhook, and what is to be done with it.
type calledBackBody[App appBody | platformAppBody] struct {
	App     App          `json:"app"`
	Webhook *webhookBody `json:"webhook"`
	Steps   []string     `json:"steps"`
}

func (h *handler) verifyApp(c *call) error {
	v, err := h.Workspace.VerifyApp(c.r.Context(), c.caller, c.args["accountId"], c.args["appId"])
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, v.Version, verifiedBody[appBody]{appOf(v.AppDetail), checkOf(v.Check)})
}

// credentialBody is what an app is given in place of its secrets.
type credentialBody struct {
	Credential    config.Secret `json:"credential"`
	SigningSecret config.Secret `json:"signingSecret"`
}

func (b credentialBody) input() settings.CredentialInput {
	return settings.CredentialInput{Credential: b.Credential, Signing: b.SigningSecret}
}

func (h *handler) rotateCredential(c *call) error {
	var body credentialBody
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	v, err := h.Workspace.RotateCredential(c.r.Context(), c.caller, c.args["accountId"], c.args["appId"], body.input(), seen)
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, v.Version, verifiedBody[appBody]{appOf(v.AppDetail), checkOf(v.Check)})
}

func (h *handler) rotateWebhookToken(c *call) error {
	seen, err := c.seen()
	if err != nil {
		return err
	}

	in, err := h.Workspace.RotateWebhook(c.r.Context(), c.caller, c.args["accountId"], c.args["appId"], seen)
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, in.Version, calledBackBody[appBody]{appOf(in.AppDetail), webhookOf(in.Webhook), in.Steps})
}

func (h *handler) uninstallApp(c *call) error {
	seen, err := c.seen()
	if err != nil {
		return err
	}

	a, err := h.Workspace.UninstallApp(c.r.Context(), c.caller, c.args["accountId"], c.args["appId"], seen)
	if err != nil {
		return err
	}

	d, err := h.Workspace.SenderOf(c.r.Context(), c.caller, a)
	if err != nil {
		return err
	}

	return h.answerSender(c, d)
}
