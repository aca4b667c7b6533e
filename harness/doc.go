// Package harness holds what measures and judges; its subpackages form one
// line that data flows along: scenario, plan, history, substrate, workload and
// fault, oracle, result, run. The tests here keep the tree's rules: who may
// import whom, and what the pure cores must not touch.
package harness
