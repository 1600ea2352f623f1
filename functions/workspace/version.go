package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// versionBody is one change of an account's settings as it is answered.
type versionBody struct {
	Version int64        `json:"version"`
	At      string       `json:"at"`
	By      author       `json:"by"`
	Action  string       `json:"action"`
	Changes []changeBody `json:"changes"`
}

type author struct {
	Subject string `json:"subject"`
	Name    string `json:"name"`
}

type changeBody struct {
	Path   string `json:"path"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

func versionOf(v store.Version) versionBody {
	return versionBody{
		Version: v.Number,
		At:      moment(v.At),
		By:      author(v.By),
		Action:  v.Action,
		Changes: changesOf(v.Changes),
	}
}

func changesOf(changes []account.Change) []changeBody {
	all := make([]changeBody, len(changes))
	for i, c := range changes {
		all[i] = settingOf(c)
	}

	return all
}

func (h *handler) listVersions(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}

	var before int64
	if text := c.r.URL.Query().Get("before"); text != "" {
		if before, err = numberOf("before", text); err != nil {
			return err
		}
	}

	all, next, err := h.Workspace.Versions(c.r.Context(), c.caller, c.args["accountId"], before, limit)
	if err != nil {
		return err
	}

	answer := struct {
		Versions []versionBody `json:"versions"`
		// Next is the before of the next page; absent on the last one.
		Next int64 `json:"next,omitempty"`
	}{[]versionBody{}, next}

	for _, v := range all {
		answer.Versions = append(answer.Versions, versionOf(v))
	}

	return httpx.WriteJSON(c.w, http.StatusOK, answer)
}

func (h *handler) getVersion(c *call) error {
	number, err := c.version()
	if err != nil {
		return err
	}

	v, err := h.Workspace.Version(c.r.Context(), c.caller, c.args["accountId"], number)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, struct {
		versionBody
		// Revert is what a revert to the version would change now.
		Revert []changeBody `json:"revert"`
	}{versionOf(v.Version), changesOf(v.Revert)})
}

func (h *handler) revert(c *call) error {
	number, err := c.version()
	if err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	a, err := h.Workspace.Revert(c.r.Context(), c.caller, c.args["accountId"], number, seen)
	if err != nil {
		return err
	}

	return c.answer(http.StatusOK, a)
}
