package run
import ("testing";"context";"fmt";"path/filepath";"os"
 "github.com/logoutlab/logoutlab/harness/plan"
 "github.com/logoutlab/logoutlab/harness/scenario"
 "github.com/logoutlab/logoutlab/harness/substrate/loopback")
func TestDbg(t *testing.T){
 files,_ := filepath.Glob("../../scenarios/culprits/*.yaml")
 for _, f := range files {
  src,_ := os.ReadFile(f)
  s, err := scenario.Parse(f, src)
  if err != nil { t.Log(f, err); continue }
  for _, v := range s.Variants {
   p, err := plan.Build(s, v.Name, plan.Options{Seed: 3, Limits: (&loopback.Substrate{}).Limits()})
   if err != nil { t.Log(f, v.Name, err); continue }
   dir := "/tmp/hist/"+s.Name+"-"+v.Name; os.RemoveAll(dir)
   j, err := Run(context.Background(), Options{Plan: p, Substrate: &loopback.Substrate{}, Dir: dir, Version: "test"})
   if err != nil { t.Log(f, v.Name, err); continue }
   r := j.Result
   fmt.Printf("%s/%s %s %+v causes=%v ghosts=%v rec=%+v\n   %s\n   %s\n", s.Name, v.Name, r.Outcome, r.Verdicts, r.Causes, r.GhostCauses, r.Faults, r.Why, r.Headline)
   n := 0
   for _, x := range j.Judgement.Findings { if (x.Cause == "unexplained" || x.Verdict=="unknown" || x.Verdict=="error") && n < 3 { n++; fmt.Printf("      %+v\n", x) } }
  }
 }
}
