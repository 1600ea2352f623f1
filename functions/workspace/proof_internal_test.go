package workspace

import "testing"

// TestWithoutName keeps of the person who changed the settings the id, unless that is an address.
func TestWithoutName(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"u-platform": "u-platform", "asha@brand.example": "withheld", "+919000000001": "withheld"} {
		body := withoutName(receiptBody{Settings: &settingsProofBody{By: &author{Subject: id, Name: "Asha"}}})
		if by := *body.Settings.By; by.Name != "" || by.Subject != want {
			t.Errorf("%s: got %+v", id, by)
		}
	}
}
