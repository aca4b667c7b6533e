package reports

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// ScriptSource is what a Content-Security-Policy has to allow as script-src for
// the script of this version's reports: its SHA-256, and no other script.
func ScriptSource() (string, error) {
	script, err := scriptElement()
	if err != nil {
		return "", err
	}
	return scriptSource(script), nil
}

func scriptSource(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// scriptElement is what stands between the script's tags: templates/script.js as
// [execute] leaves it, and as character data to readers of XML.
func scriptElement() (string, error) {
	script, err := files.ReadFile("templates/script.js")
	if err != nil {
		return "", err
	}
	return "//<![CDATA[\n" + string(indentation.ReplaceAll(script, []byte("\n"))) + "//]]>", nil
}

// policyElement lets a page do nothing but show itself and run this script,
// should a string of a system under test ever get past the escaping.
func policyElement(script string) string {
	return fmt.Sprintf(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src %s; base-uri 'none'; form-action 'none'" />`, scriptSource(script))
}
