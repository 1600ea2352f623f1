package workspace

import (
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
	"github.com/eshopbox/whatsapp-notifications/shared/throttle"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

// deps are what the handler works with.
type deps struct {
	// Whose finds out whose a request is.
	Whose     func(*http.Request) (access.Caller, error)
	Callers   *throttle.Callers
	Workspace *settings.Workspace
	Teller    *story.Teller
	Book      *usage.Book
	Customers *customers.Customers
	Evidence  *evidence.Gatherer
	Attestor  *attest.Attestor
	Links     *signin.Links
	Clock     clock.Clock
	Logger    *slog.Logger
}

type handler struct {
	deps
	installPage   string
	importTimeout time.Duration
}

// newHandler returns the handler that serves the routes of openapi.yaml and nothing else. A request is refused in this order: 401 without
// a token that is right, 429 with Retry-After for a caller that asks too often, 404 and 405 for a path or a method that is none of them;
// then 403 for what the caller may not do, before anything is read, and only then for what is wrong with the request.
func newHandler(cfg Config, d deps) http.Handler {
	h := &handler{deps: d, installPage: cfg.InstallLink, importTimeout: cfg.ImportTimeout}
	o := httpx.Options{
		Logger:  d.Logger,
		Route:   "workspace",
		Timeout: cfg.Client.RequestTimeout,
		Clock:   d.Clock,
	}

	return httpx.CORS(cfg.Origins, http.MethodGet, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete)(httpx.Serve(o, h.serve))
}

// route is one thing that a request may ask for.
type route struct {
	method string
	// path has a name in braces where any segment may stand.
	path string
	// need is what the caller must be allowed: at the account that the path names, else at the platform or at any account.
	need access.Need
	do   func(h *handler, c *call) error
	// query are the parameters that the query may have, sorted; nil if none is read.
	query []string
}

// routes are all routes, in the order of openapi.yaml.
var routes = []route{
	{http.MethodGet, "/v1/accounts", access.Read, (*handler).listAccounts, []string{"after", "limit"}},
	{http.MethodGet, "/v1/accounts/{accountId}", access.Read, (*handler).getAccount, nil},
	{http.MethodPut, "/v1/accounts/{accountId}", access.Operate, (*handler).putAccount, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/apps", access.Read, (*handler).listApps, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/apps", access.Write, (*handler).installApp, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/apps/{appId}", access.Read, (*handler).getApp, nil},
	{http.MethodPatch, "/v1/accounts/{accountId}/apps/{appId}", access.Write, (*handler).renameApp, nil},
	{http.MethodDelete, "/v1/accounts/{accountId}/apps/{appId}", access.Write, (*handler).uninstallApp, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/apps/{appId}/verify", access.Write, (*handler).verifyApp, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/apps/{appId}/credential", access.Write, (*handler).rotateCredential, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/apps/{appId}/webhook-token", access.Write, (*handler).rotateWebhookToken, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/category-changes", access.Read, (*handler).getCategoryChanges, nil},
	{http.MethodPut, "/v1/accounts/{accountId}/category-changes", access.Write, (*handler).putCategoryChanges, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/console-link", access.Read, (*handler).makeConsoleLink, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/cost-estimate", access.Read, (*handler).estimateCost, []string{"app"}},
	{http.MethodPost, "/v1/accounts/{accountId}/customers/explain", access.Read, (*handler).explainShopper, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/customers/import", access.Write, (*handler).importCustomers, []string{"format", "from"}},
	{http.MethodPost, "/v1/accounts/{accountId}/customers/search", access.Read, (*handler).searchCustomer, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/customers/{customerKey}/consents", access.Read, (*handler).listConsents, []string{"cursor", "limit"}},
	{http.MethodPost, "/v1/accounts/{accountId}/customers/{customerKey}/consents", access.Record, (*handler).addConsent, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/customers/{customerKey}/erase", access.Write, (*handler).eraseCustomer, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/customers/{customerKey}/ledger-proof", access.Read, (*handler).getLedgerProof, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/failed-deliveries", access.Read, (*handler).getFailedDeliveries, []string{"currency", "format", "from", "to"}},
	{http.MethodGet, "/v1/accounts/{accountId}/health", access.Read, (*handler).getHealth, []string{"from", "to"}},
	{http.MethodGet, "/v1/accounts/{accountId}/keywords", access.Read, (*handler).getKeywords, nil},
	{http.MethodPut, "/v1/accounts/{accountId}/keywords", access.Write, (*handler).putKeywords, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/messages", access.Read, (*handler).listMessages, []string{"app", "cursor", "day", "event", "limit", "reason", "state"}},
	{http.MethodGet, "/v1/accounts/{accountId}/messages/{messageId}/evidence", access.Read, (*handler).getEvidence, []string{"format"}},
	{http.MethodGet, "/v1/accounts/{accountId}/messages/{messageId}/explain", access.Read, (*handler).explainMessage, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/messages/{messageId}/receipt", access.Read, (*handler).getReceipt, []string{"format"}},
	{http.MethodPost, "/v1/accounts/{accountId}/messages/{messageId}/reveal", access.Reveal, (*handler).reveal, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/notifications", access.Read, (*handler).getNotifications, []string{"app"}},
	{http.MethodPut, "/v1/accounts/{accountId}/notifications", access.Write, (*handler).putNotifications, []string{"app"}},
	{http.MethodGet, "/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}", access.Read, (*handler).getNotification, []string{"app"}},
	{http.MethodPut, "/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}", access.Write, (*handler).putNotification, []string{"app"}},
	{http.MethodPost, "/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}/lint", access.Read, (*handler).lint, []string{"app"}},
	{http.MethodPost, "/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}/preview", access.Read, (*handler).preview, []string{"app"}},
	{http.MethodPost, "/v1/accounts/{accountId}/notifications/{resource}/{eventSubType}/test", access.Write, (*handler).sendTest, []string{"app"}},
	{http.MethodGet, "/v1/accounts/{accountId}/orders/{orderId}/activity", access.Read, (*handler).getActivity, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/orders/{orderId}/evidence", access.Read, (*handler).getOrderEvidence, []string{"format"}},
	{http.MethodGet, "/v1/accounts/{accountId}/orders/{orderId}/explain", access.Read, (*handler).explainOrder, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/quiet-hours", access.Read, (*handler).getQuietHours, nil},
	{http.MethodPut, "/v1/accounts/{accountId}/quiet-hours", access.Write, (*handler).putQuietHours, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/sender", access.Read, (*handler).getSender, nil},
	{http.MethodPut, "/v1/accounts/{accountId}/sender", access.Write, (*handler).putSender, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/templates", access.Read, (*handler).listTemplates, []string{"app"}},
	{http.MethodGet, "/v1/accounts/{accountId}/templates/{templateId}", access.Read, (*handler).getTemplate, []string{"app", "event"}},
	{http.MethodGet, "/v1/accounts/{accountId}/unexpected-replies", access.Read, (*handler).getUnexpectedReplies, nil},
	{http.MethodPut, "/v1/accounts/{accountId}/unexpected-replies", access.Write, (*handler).putUnexpectedReplies, nil},
	{http.MethodGet, "/v1/accounts/{accountId}/usage", access.Read, (*handler).getUsage, []string{"currency", "format", "from", "groupBy", "to"}},
	{http.MethodGet, "/v1/accounts/{accountId}/versions", access.Read, (*handler).listVersions, []string{"before", "limit"}},
	{http.MethodGet, "/v1/accounts/{accountId}/versions/{version}", access.Read, (*handler).getVersion, nil},
	{http.MethodPost, "/v1/accounts/{accountId}/versions/{version}/revert", access.Write, (*handler).revert, nil},
	{http.MethodGet, "/v1/platform/apps", access.Read, (*handler).listPlatformApps, nil},
	{http.MethodGet, "/v1/platform/apps/{appId}", access.Read, (*handler).getPlatformApp, nil},
	{http.MethodPut, "/v1/platform/apps/{appId}", access.Operate, (*handler).putPlatformApp, nil},
	{http.MethodPost, "/v1/platform/apps/{appId}/credential", access.Operate, (*handler).rotatePlatformCredential, nil},
	{http.MethodPost, "/v1/platform/apps/{appId}/webhook-token", access.Operate, (*handler).rotatePlatformWebhookToken, nil},
	{http.MethodPost, "/v1/platform/blocks", access.Operate, (*handler).postBlock, nil},
	{http.MethodGet, "/v1/platform/shapes", access.Operate, (*handler).listShapes, nil},
	{http.MethodGet, "/v1/platform/shapes/{fingerprint}", access.Operate, (*handler).getShape, nil},
	{http.MethodGet, "/v1/rate-cards", access.Read, (*handler).listRateCards, nil},
	{http.MethodPut, "/v1/rate-cards/{version}", access.Operate, (*handler).putRateCard, []string{"force"}},
	{http.MethodGet, "/v1/variables", access.Read, (*handler).listVariables, nil},
	{http.MethodGet, "/v1/openapi.yaml", access.Read, (*handler).getOpenAPI, nil},
}

// call is one request on its way.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	caller access.Caller
	// args are the segments of the path by the names that the route has for them.
	args map[string]string
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	caller, err := h.Whose(r)
	if err != nil {
		return err
	}
	if err = h.admit(w, caller); err != nil {
		return err
	}

	found, args, err := routeOf(w, r)
	if err != nil {
		return err
	}

	if err = found.admits(caller, args); err != nil {
		return err
	}

	httpx.Handled(r.Context(), slog.String("operation", found.method+" "+found.path), slog.String("role", string(caller.Role)))

	c := &call{w, r, caller, args}

	if err = found.knows(r.URL.RawQuery); err == nil {
		err = found.do(h, c)
	}
	if unfit, ok := errors.AsType[*settings.UnfitError](err); ok {
		return c.unfit(found, unfit)
	}
	if wait := waits[provider.CheckState(fault.CodeOf(err))]; wait != "" {
		w.Header().Set("Retry-After", wait)
	}

	c.wait(err)

	return err
}

// waits are how many seconds a caller should leave a provider alone that gave no answer.
var waits = map[provider.CheckState]string{
	provider.CheckProviderDown: "30",
	provider.CheckThrottled:    "60",
}

// wait says when to try again, if a provider has asked for a time, if an account has sent all tests of a day, or if another request is changing
// the same.
func (c *call) wait(err error) {
	if limit, ok := errors.AsType[*settings.TestLimitError](err); ok {
		c.w.Header().Set("Retry-After", wholeSeconds(limit.RetryAfter))
	}

	if busy, ok := errors.AsType[*settings.BusyError](err); ok {
		c.w.Header().Set("Retry-After", wholeSeconds(busy.RetryAfter))
	}

	asked, ok := errors.AsType[*provider.SendError](err)
	if ok && asked.RetryAfter > 0 && fault.Is(err, fault.Unavailable) {
		c.w.Header().Set("Retry-After", wholeSeconds(asked.RetryAfter))
	}
}

// admit refuses a request of a caller that has made too many, and says when to try again.
func (h *handler) admit(w http.ResponseWriter, c access.Caller) error {
	wait := h.Callers.Take(c.Subject, h.Clock.Now())
	if wait <= 0 {
		return nil
	}

	w.Header().Set("Retry-After", wholeSeconds(wait))

	return fault.New(fault.TooMany, "workspace.admit", "too many requests; try again after Retry-After")
}

// wholeSeconds returns a duration in seconds, rounded up.
func wholeSeconds(d time.Duration) string {
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

// knows returns an error that names what is wrong with a query: a filter that is misspelt, cannot be read, or is there twice would be none, or
// another one. A route that reads none passes over all.
func (one route) knows(raw string) error {
	if one.query == nil {
		return nil
	}

	query, err := url.ParseQuery(raw)
	if err != nil {
		// The error of url has what the caller wrote.
		return fault.Field("query", "cannot be read; write name=value, with & between, and what is special as % and two digits")
	}

	for _, name := range slices.Sorted(maps.Keys(query)) {
		var wrong string

		switch {
		case !slices.Contains(one.query, name):
			wrong = "is no parameter of this route, which has " + strings.Join(one.query, ", ")
		case len(query[name]) > 1:
			wrong = "is there twice"
		default:
			continue
		}

		return &fault.Error{
			Kind:     fault.Invalid,
			Op:       "workspace.knows",
			Field:    name,
			LogField: "query",
			Msg:      wrong,
		}
	}

	return nil
}

// routeOf returns the route of a request and what stands in its path. It redirects nowhere: a path with a segment that is empty, or one
// too many, is none.
func routeOf(w http.ResponseWriter, r *http.Request) (route, map[string]string, error) {
	const op = "workspace.routeOf"

	var methods []string

	for _, one := range routes {
		args, fits := one.match(r.URL)
		switch {
		case !fits:
			continue
		case one.method == r.Method || one.method == http.MethodGet && r.Method == http.MethodHead:
			return one, args, nil
		}

		methods = append(methods, one.method)
	}

	if len(methods) == 0 {
		return route{}, nil, fault.New(fault.NotFound, op, "no such path")
	}
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}

	return route{}, nil, httpx.RequireMethod(w, r, methods...)
}

// admits returns an error unless the caller may ask for the route. The use cases check that by themselves; here it comes before what is
// wrong with the request.
func (one route) admits(c access.Caller, args map[string]string) error {
	id, ofAccount := args["accountId"]
	if ofAccount || one.need == access.Operate {
		return c.May(one.need, id)
	}

	return c.MaySomewhere(one.need)
}

// match reports whether the route has the path, and what stands in it for the names of the route.
func (one route) match(u *url.URL) (args map[string]string, fits bool) {
	want, got := strings.Split(one.path, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(got) {
		return nil, false
	}

	args = map[string]string{}

	for i, segment := range want {
		text, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}

		name, isName := strings.CutPrefix(segment, "{")

		switch {
		case isName && text != "":
			args[strings.TrimSuffix(name, "}")] = text
		case segment != text:
			return nil, false
		}
	}

	return args, true
}
