// The studio's one script. Each page has the elements of its kind, or has not; nothing else decides what runs.
import "katex/dist/katex.min.css";
import "uplot/dist/uPlot.min.css";
import "./style/fonts.css";
import "./style/base.css";
import "./style/lesson.css";
import "./style/map.css";
import "./style/work.css";
import { mountExercise } from "./exercise";
import { mountLabForm, mountRun } from "./lab";
import { mountLesson } from "./lesson";

mountLesson();
mountExercise();
mountLabForm();
mountRun();
