package workspace_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestShapes lists the forms that were not seen before to the platform, and to nobody else, and shows one with its fixture.
func TestShapes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	list := request{method: http.MethodGet, path: "/v1/platform/shapes", token: r.operator()}
	r.same(r.want(http.StatusOK, list), `{"shapes":[]}`)
	for i, fingerprint := range []string{"5a0c1e8f20d3b746", "77"} {
		err := r.store.AddShape(t.Context(), store.Shape{
			Fingerprint: fingerprint, Provider: "meta", Door: "callback", Kind: "status", Path: ".entry[]", Outline: "{id:string}", Others: []string{".x {y:number}"},
			Fixture: `{"entry":[{"id":"1"}]}`, FirstAt: start.Add(time.Duration(i) * time.Hour), LastAt: start.Add(2 * time.Hour), Count: 3,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const first = `"fingerprint":"5a0c1e8f20d3b746","provider":"meta","door":"callback","kind":"status","path":".entry[]","outline":"{id:string}",` +
		`"firstAt":"2026-11-20T04:50:12Z","lastAt":"2026-11-20T06:50:12Z","count":3`
	const second = `"fingerprint":"77","provider":"meta","door":"callback","kind":"status","path":".entry[]","outline":"{id:string}",` +
		`"firstAt":"2026-11-20T05:50:12Z","lastAt":"2026-11-20T06:50:12Z","count":3`
	r.same(r.want(http.StatusOK, list), `{"shapes":[{`+second+`},{`+first+`}]}`)

	one := list
	one.path += "/5a0c1e8f20d3b746"
	r.same(r.want(http.StatusOK, one), `{`+first+`,"others":[".x {y:number}"],"fixture":"{\"entry\":[{\"id\":\"1\"}]}"}`)
	one.path += "0"
	r.want(http.StatusNotFound, one)
	one.path = list.path + "/a%2Fb"
	r.want(http.StatusNotFound, one)
	for _, role := range []string{"viewer", "support", "editor"} {
		list.token, one.token = r.token(role, neem), r.token(role, neem)
		r.want(http.StatusForbidden, list)
		r.want(http.StatusForbidden, one)
	}
}
