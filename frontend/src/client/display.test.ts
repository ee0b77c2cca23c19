import { expect, test } from "vitest";
import { shownView } from "./display";

test("the overview is the ballot while people vote, and only then", () => {
  expect(shownView("overview", "write")).toBe("overview");
  expect(shownView("overview", "vote")).toBe("voting");
  expect(shownView("voting", "results")).toBe("overview");
  expect(shownView("voting", "vote")).toBe("voting");
  expect(shownView("theme", "vote")).toBe("theme");
});
