// Package harness is the Go API of logoutlab, for regression suites in other
// repositories: [Run] runs a variant of a scenario in a test, and fails the test
// if users are logged out, or let in, otherwise than the scenario expects.
//
//	func TestNobodyIsLoggedOutByADeploy(t *testing.T) {
//		harness.Run(t, "testdata/checkout.yaml/rolling-deploy")
//	}
//
// The subpackages form one line that data flows along: scenario, plan,
// history, substrate, workload and fault, oracle, result, run. The tests here
// keep the tree's rules: who may import whom, and what the pure cores must not
// touch.
package harness
