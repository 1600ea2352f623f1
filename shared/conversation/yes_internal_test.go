package conversation

import "testing"

// TestYesAndNo reads a yes or a no with polite words around it, and nothing that says more.
func TestYesAndNo(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"yes", "Yes please", "yes, please!", "haan ji", "ji haan", "Ji haan cancel kar do", "haan cancel kar do", "pls cancel it", "हाँ जी"} {
		if !isYes(text) || isNo(text) {
			t.Errorf("%q is no yes", text)
		}
	}
	for _, text := range []string{"no", "No please", "nahi ji", "please do not cancel", "ji nahi", "No, sir"} {
		if !isNo(text) || isYes(text) {
			t.Errorf("%q is no no", text)
		}
	}
	for _, text := range []string{"", "please", "yes but later", "cancel my other order", "haan cancel mat karo", "no yes"} {
		if isYes(text) || isNo(text) {
			t.Errorf("%q is read as one", text)
		}
	}
}
